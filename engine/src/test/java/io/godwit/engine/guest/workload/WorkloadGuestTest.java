package io.godwit.engine.guest.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.guest.Guest.Verification.Broken;
import io.godwit.engine.guest.Guest.Verification.Intact;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.SortedSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WorkloadGuestTest {
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final long RAM_PAGES = 4096;
    private static final WorkloadPlan BUSY = new WorkloadPlan(2, 3000, 501, 200_000);
    private static final WorkloadPlan IDLE = new WorkloadPlan(2, 3000, 0, 0);

    enum Ram {
        ANONYMOUS,
        MEMFD;

        MemoryBlock block(long pages) throws IOException {
            if (this == ANONYMOUS) {
                return new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.anonymous(pages * PAGE));
            }
            try (Fd memfd = MemFd.create("ram", pages * PAGE)) {
                return new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.shared(memfd, pages * PAGE));
            }
        }
    }

    private final SortedSet<String> descriptors = ProcessResources.descriptors();
    private final NativeBuffer page = new NativeBuffer(PAGE);

    WorkloadGuestTest() throws IOException {}

    @BeforeEach
    void needsDirtyTracking() {
        DirtyTracking.assume();
    }

    @AfterEach
    void leavesNoDescriptorOrThreadBehind() throws IOException {
        page.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("workload-"));
    }

    private static WorkloadGuest guest(Ram ram, WorkloadPlan plan) throws IOException {
        return WorkloadGuest.create(plan, ram.block(RAM_PAGES), false);
    }

    /** For a moment: pauses that follow at once would see it make next to no progress between them. */
    private static void letItRun() {
        for (int i = 0; i < 20_000; i++) {
            Thread.onSpinWait();
        }
    }

    /** Lets a paused guest run until it has written so many pages in all, and pauses it. */
    private static Intact runUntil(WorkloadGuest guest, long progress) throws IOException {
        while (true) {
            guest.resume();
            letItRun();
            guest.pause();
            Verification found = guest.verify();
            assertThat(found).isInstanceOf(Intact.class);
            if (((Intact) found).progress() >= progress) {
                return (Intact) found;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void fillsThenDirtiesAndIsIntactAtEveryPause(Ram ram) throws IOException {
        try (WorkloadGuest guest = guest(ram, BUSY)) {
            assertThat(guest.verify()).isEqualTo(new Intact(0, 0));
            Intact found = runUntil(guest, 3000 + 3 * 501);
            assertThat(found.pagesChecked()).isEqualTo(3000);
        }
    }

    /** Two threads, whose parts of the hog one of them reports. */
    @Test
    void reportsWhatTheHogHasLeftAndNeedsItNoMore() throws IOException {
        var plan = new WorkloadPlan(2, 300, 2001, 40, 100_000);
        try (WorkloadGuest guest = WorkloadGuest.create(plan, Ram.ANONYMOUS.block(RAM_PAGES), null, false,
                new Manners(true, true, false, false))) {
            Intact found = runUntil(guest, 300 + 2001 + 100);
            assertThat(found.pagesChecked()).isEqualTo(300);
            FreePageHints hints = guest.freePages().orElseThrow().hints();
            var pending = new PendingPages(guest.ram());
            pending.addTouched();
            guest.resume();
            hints.start();
            while (!hints.isFinished()) {
                Thread.onSpinWait();
            }
            assertThat(hints.withhold(pending, new PendingPages(guest.ram()))).isEqualTo(2001);
            assertThat(pending.bitmap(0).nextSet(300, 2301)).isEqualTo(-1);
            hints.done();
            guest.pause();
            guest.ram().getFirst().memory().discard(300L * PAGE, 2001L * PAGE);
            assertThat(guest.verify()).isInstanceOf(Intact.class);
        }
    }

    private static long touched(WorkloadGuest guest) throws IOException {
        var pages = new PendingPages(guest.ram());
        pages.addTouched();
        return pages.count();
    }

    @ParameterizedTest
    @EnumSource
    void givesBackWhatItsHogHasLeft(Ram ram) throws IOException {
        var plan = new WorkloadPlan(2, 300, 2001, 40, 100_000);
        try (WorkloadGuest guest = WorkloadGuest.create(plan, ram.block(RAM_PAGES), null, false,
                new Manners(true, false, true, false))) {
            runUntil(guest, 300 + 2001 + 100);
            assertThat(guest.freePages().orElseThrow().reporting().counts().returnedPages()).isEqualTo(2001);
            var touched = new PendingPages(guest.ram());
            touched.addTouched();
            assertThat(touched.bitmap(0).nextSet(300, 2301)).isEqualTo(-1); // beyond, a huge page may have brought some along
            runUntil(guest, 300 + 2001 + 200);
        }
    }

    /** What is given back while a log is open is in it, and so is what is written there afterwards. */
    @Test
    void whatIsGivenBackIsDirty() throws IOException {
        try (WorkloadGuest guest = guest(Ram.ANONYMOUS, new WorkloadPlan(1, 100, 0, 0));
                DirtyLog log = guest.startDirtyLog()) {
            runUntil(guest, 100);
            var dirty = new PageBitmap(RAM_PAGES);
            log.takeDirty(guest.ram().getFirst(), dirty);
            dirty.clearAll();
            guest.freePages().orElseThrow().reporting().report(0, 10, 20);
            log.takeDirty(guest.ram().getFirst(), dirty);
            assertThat(dirty.cardinality()).isEqualTo(20);
            assertThat(dirty.nextSet(0)).isEqualTo(10);
            dirty.clearAll();
            guest.ram().getFirst().zero(15L * PAGE, PAGE);
            log.takeDirty(guest.ram().getFirst(), dirty);
            assertThat(dirty.get(15)).isTrue();
        }
    }

    @Test
    void theBalloonTakesWhatIsFreeAndGivesItBack() throws Exception {
        var plan = new WorkloadPlan(2, 300, 2001, 40, 100_000);
        try (WorkloadGuest guest = WorkloadGuest.create(plan, Ram.ANONYMOUS.block(RAM_PAGES), null, false,
                new Manners(true, false, false, true))) {
            runUntil(guest, 300 + 2001 + 100);
            Balloon balloon = guest.freePages().orElseThrow().balloon();
            var told = new LinkedBlockingQueue<Long>();
            balloon.onChange(told::add);
            guest.resume();
            balloon.leave(1000L * PAGE);
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(1000L * PAGE);
            guest.pause();
            assertThat(guest.verify()).isInstanceOf(Intact.class);
            assertThat(touched(guest)).isEqualTo(1000);
            guest.resume();
            balloon.leave(0); // more than it can do without
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(300L * PAGE);
            balloon.leave(Long.MAX_VALUE);
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(RAM_PAGES * PAGE);
            guest.pause();
            assertThat(guest.verify()).isInstanceOf(Intact.class);
            assertThat(touched(guest)).isEqualTo(300);
        }
    }

    /** A guest that does nothing else must be woken to do it. */
    @Test
    void anIdleGuestFillsItsBalloonAsSoonAsItIsAsked() throws Exception {
        try (WorkloadGuest guest = WorkloadGuest.create(new WorkloadPlan(2, 10, 0, 0), Ram.ANONYMOUS.block(RAM_PAGES),
                null, false, new Manners(true, false, false, true))) {
            var told = new LinkedBlockingQueue<Long>();
            guest.freePages().orElseThrow().balloon().onChange(told::add);
            guest.resume();
            guest.freePages().orElseThrow().balloon().leave(100L * PAGE);
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(100L * PAGE);
        }
    }

    /** On a machine with other work the hog may be at its end before it is looked at: then it is done again. */
    @Test
    void whileTheHogRunsItsPagesMatter() throws IOException {
        for (boolean runs = false; !runs;) {
            try (WorkloadGuest guest = guest(Ram.ANONYMOUS, new WorkloadPlan(1, 10, 2990, 0, 0))) {
                Intact found = runUntil(guest, 11);
                runs = found.progress() < 3000;
                if (runs) {
                    assertThat(found.pagesChecked()).isEqualTo(found.progress());
                    guest.ram().getFirst().memory().zero(10L * PAGE, PAGE);
                    assertThat(guest.verify()).isInstanceOfSatisfying(Broken.class,
                            broken -> assertThat(broken.finding()).startsWith("page 10:"));
                }
            }
        }
    }

    @Test
    void standsStillAfterEachOfAThousandPauses() throws IOException {
        try (WorkloadGuest guest = guest(Ram.ANONYMOUS, new WorkloadPlan(3, 600, 90, 1_000_000))) {
            long progress = runUntil(guest, 600).progress();
            for (int i = 0; i < 1000; i++) {
                guest.resume();
                guest.pause();
                if (i % 100 == 0) {
                    Verification now = guest.verify();
                    assertThat(now).isInstanceOf(Intact.class).isEqualTo(guest.verify());
                    assertThat(((Intact) now).progress()).isGreaterThanOrEqualTo(progress);
                    progress = ((Intact) now).progress();
                }
            }
            guest.pause();
            guest.resume();
            guest.resume();
            guest.pause();
            runUntil(guest, progress + 1);
        }
    }

    @Test
    void standsStillWhileIdleToo() throws IOException {
        try (WorkloadGuest guest = guest(Ram.ANONYMOUS, IDLE)) {
            assertThat(runUntil(guest, 3000).progress()).isEqualTo(3000);
            guest.resume();
            guest.pause();
            assertThat(guest.verify()).isEqualTo(new Intact(3000, 3000));
        }
    }

    /** The whole of precopy in small: copy what is there, then what was dirtied meanwhile, and the rest while still. */
    @ParameterizedTest
    @EnumSource
    void dirtyLogMissesNoPageWrittenWhileItIsTaken(Ram ram) throws IOException {
        try (WorkloadGuest guest = guest(ram, BUSY); Mapping copy = Mapping.anonymous(RAM_PAGES * PAGE)) {
            MemoryBlock block = guest.ram().getFirst();
            guest.resume();
            var dirty = new PageBitmap(RAM_PAGES);
            try (DirtyLog log = guest.startDirtyLog()) {
                dirty.setRange(0, RAM_PAGES);
                for (long dirtied = 0; dirtied < 20_000; dirtied += dirty.cardinality()) {
                    copyDirty(block, copy, dirty);
                    log.takeDirty(block, dirty);
                }
                guest.pause();
                log.takeDirty(block, dirty);
                copyDirty(block, copy, dirty);
                log.takeDirty(block, dirty);
                assertThat(dirty.cardinality()).as("dirtied while still").isZero();
            }
            assertThat(((Intact) guest.verify()).progress()).as("it ran meanwhile").isPositive();
            for (long i = 0; i < RAM_PAGES; i++) {
                copy.copyTo(i * PAGE, page.segment(), 0, PAGE);
                assertThat(block.memory().contentEquals(i * PAGE, page.segment(), 0, PAGE)).as("page %d", i).isTrue();
            }
        }
    }

    private void copyDirty(MemoryBlock from, Mapping to, PageBitmap dirty) {
        for (long i = dirty.nextSet(0); i >= 0; i = dirty.nextSet(i + 1)) {
            from.memory().copyTo(i * PAGE, page.segment(), 0, PAGE);
            to.copyFrom(i * PAGE, page.segment(), 0, PAGE);
            dirty.clear(i);
        }
    }

    /** A huge page that comes into being by a write to it is told whole: 511 pages more, which the write made zero. */
    private static void assertDirty(Ram ram, PageBitmap dirty, long written) {
        switch (ram) {
            case ANONYMOUS -> assertThat(dirty.cardinality()).isIn(written, written + 511);
            case MEMFD -> assertThat(dirty.cardinality()).isEqualTo(written);
        }
    }

    @ParameterizedTest
    @EnumSource
    void dirtyLogTellsWhatTheProcessWritesItself(Ram ram) throws IOException {
        try (WorkloadGuest guest = guest(ram, IDLE)) {
            MemoryBlock block = guest.ram().getFirst();
            runUntil(guest, 3000);
            var dirty = new PageBitmap(RAM_PAGES);
            try (DirtyLog log = guest.startDirtyLog()) {
                log.takeDirty(block, dirty);
                assertThat(dirty.cardinality()).isZero();
                for (long written : new long[]{0, 1, 2999, 3000, RAM_PAGES - 1}) {
                    block.memory().zero(written * PAGE + 5, 1);
                }
                log.takeDirty(block, dirty);
                assertDirty(ram, dirty, 5);
                assertThat(dirty.get(2999) && dirty.get(RAM_PAGES - 1)).isTrue();
                assertThatIllegalStateException().isThrownBy(guest::startDirtyLog);
            }
            guest.startDirtyLog().close();
        }
    }

    @ParameterizedTest
    @CsvSource({"ANONYMOUS,100", "MEMFD,2000", "ANONYMOUS,3700", "MEMFD,6000"})
    void goesOnElsewhereExactlyWhereItStood(Ram ram, long progress) throws IOException {
        var slow = new WorkloadPlan(2, 3000, 501, 100_000);
        try (WorkloadGuest source = guest(ram, slow);
                WorkloadGuest destination = WorkloadGuest.create(IDLE, ram.block(RAM_PAGES), true)) {
            if (progress < 3000) {
                source.throttle(99);
            }
            Intact there = runUntil(source, progress);
            destination.resume();
            destination.pause();
            assertThat(destination.verify()).as("waits for its program").isEqualTo(new Intact(0, 0));
            var all = new PageBitmap(RAM_PAGES);
            all.setRange(0, RAM_PAGES);
            copyDirty(source.ram().getFirst(), destination.ram().getFirst().memory(), all);
            ((WorkloadDevice) destination.devices().getFirst())
                    .load(SavedState.of((WorkloadDevice) source.devices().getFirst()), 1);
            assertThat(destination.verify()).isEqualTo(there);
            runUntil(destination, there.progress() + 2000);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            600,   0, says it is page
            600,   8, generation
            600,  16, counter
            2,    16, counter
            600,  24, content not
            600, 4088, content not
            3000,  0, not zero
            4095, 4088, not zero
            """)
    void verifierFindsOneWrongWord(long pageIndex, long offset, String finding) throws IOException {
        try (WorkloadGuest guest = guest(Ram.ANONYMOUS, BUSY)) {
            runUntil(guest, 4000);
            Mapping memory = guest.ram().getFirst().memory();
            memory.copyTo(pageIndex * PAGE, page.segment(), 0, PAGE);
            page.segment().set(JAVA_LONG, offset, page.segment().get(JAVA_LONG, offset) + 1);
            memory.copyFrom(pageIndex * PAGE, page.segment(), 0, PAGE);
            assertThat(guest.verify()).isInstanceOfSatisfying(Broken.class, broken -> assertThat(broken.finding())
                    .startsWith("page " + pageIndex + ": ").contains(finding));
        }
    }

    @Test
    void verifierFindsAPageOfAnOlderPassAndALostOneAndASwappedOne() throws IOException {
        try (WorkloadGuest guest = guest(Ram.ANONYMOUS, BUSY); NativeBuffer old = new NativeBuffer(PAGE)) {
            runUntil(guest, 3000);
            Mapping memory = guest.ram().getFirst().memory();
            memory.copyTo(7 * PAGE, old.segment(), 0, PAGE);
            runUntil(guest, 3000 + 2 * 501);
            memory.copyTo(7 * PAGE, page.segment(), 0, PAGE);
            memory.copyFrom(7 * PAGE, old.segment(), 0, PAGE);
            assertThat(guest.verify()).isInstanceOf(Broken.class);
            memory.zero(7 * PAGE, PAGE);
            assertThat(guest.verify()).isEqualTo(new Broken("page 7: says it is page 0"));
            memory.copyFrom(7 * PAGE, page.segment(), 0, PAGE);
            assertThat(guest.verify()).isInstanceOf(Intact.class);
            memory.copyFrom(8 * PAGE, page.segment(), 0, PAGE);
            assertThat(guest.verify()).isEqualTo(new Broken("page 8: says it is page 7"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void resetBeginsAnotherLifeAndTheDirtyLogKnows(Ram ram) throws IOException {
        try (WorkloadGuest guest = guest(ram, BUSY)) {
            MemoryBlock block = guest.ram().getFirst();
            runUntil(guest, 4000);
            var dirty = new PageBitmap(RAM_PAGES);
            try (DirtyLog log = guest.startDirtyLog()) {
                guest.reset();
                assertThat(guest.verify()).isEqualTo(new Intact(0, 0));
                log.takeDirty(block, dirty);
                assertThat(dirty.cardinality()).isEqualTo(RAM_PAGES);
                dirty.clearAll();
                block.memory().zero(17 * PAGE, 1);
                log.takeDirty(block, dirty);
                assertThat(dirty.get(17)).isTrue();
                assertDirty(ram, dirty, 1);
            }
            runUntil(guest, 4000);
        }
    }

    @Test
    void closesWhileRunningAndWhileItsDirtyLogIsOpen() throws IOException {
        WorkloadGuest guest = guest(Ram.MEMFD, BUSY);
        long address = guest.ram().getFirst().memory().hostAddress();
        assertThat(guest.cpuThreadIds()).hasSize(2).doesNotHaveDuplicates();
        DirtyLog log = guest.startDirtyLog();
        guest.resume();
        guest.close();
        guest.close();
        log.close();
        assertThat(ProcessResources.isMapped(address)).isFalse();
    }

    @Test
    void refusesToFillMoreThanThereIs() throws IOException {
        MemoryBlock small = Ram.ANONYMOUS.block(2999);
        assertThatIllegalArgumentException().isThrownBy(() -> WorkloadGuest.create(BUSY, small, false))
                .withMessage("workload uses 3000 pages, RAM has 2999");
        assertThatIllegalStateException().isThrownBy(() -> small.memory().isZero(0, 1));
    }

    /** A migration lists what was ever touched once its log is open: the log must not make the rest look touched. */
    @ParameterizedTest
    @EnumSource
    void anOpenDirtyLogLeavesWhatWasNeverTouchedUntouched(Ram ram) throws IOException {
        try (WorkloadGuest guest = WorkloadGuest.create(IDLE, ram.block(1 << 18), true);
                DirtyLog log = guest.startDirtyLog()) {
            var pending = new PendingPages(guest.ram());
            pending.addTouched();
            assertThat(pending.count()).isZero();
            MemoryBlock block = guest.ram().getFirst();
            block.memory().copyFrom(7 * PAGE, page.segment(), 0, PAGE);
            var dirty = new PageBitmap(block.pages());
            log.takeDirty(block, dirty);
            assertThat(dirty.get(7)).isTrue();
            assertThat(dirty.cardinality()).isLessThanOrEqualTo(512); // one huge page at the most
        }
    }
}
