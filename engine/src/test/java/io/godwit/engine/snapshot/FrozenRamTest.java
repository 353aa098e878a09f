package io.godwit.engine.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.engine.Eventually;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.Pipe;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RAM that is written from all sides while it is saved: page n holds n + 1 at the instant, and something else ever after. */
final class FrozenRamTest {
    private static final long PAGE = RamBlock.PAGE_SIZE;
    private static final int PAGES = 2048;
    private static final long BYTES = PAGES * PAGE;
    private static final Path HUGE_PAGES = Path.of("/proc/sys/vm/nr_hugepages");

    @TempDir
    Path dir;
    private SortedSet<String> descriptors = new TreeSet<>();
    private String hugePagesBefore = "";

    @BeforeEach
    void count() throws IOException {
        DirtyTracking.assume();
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("write-faults");
        if (!hugePagesBefore.isEmpty()) {
            Files.writeString(HUGE_PAGES, hugePagesBefore);
        }
    }

    /** What is under the RAM. */
    enum Backing {
        SMALL_PAGES,
        HUGE_PAGES_WHERE_POSSIBLE,
        MEMFD,
        HUGETLB
    }

    private MemoryBlock block(Backing backing) throws IOException {
        return new MemoryBlock("pc.ram", switch (backing) {
            case SMALL_PAGES -> {
                Mapping memory = Mapping.anonymous(BYTES);
                memory.setHugePages(false);
                yield memory;
            }
            case HUGE_PAGES_WHERE_POSSIBLE -> Mapping.anonymous(BYTES);
            case MEMFD -> {
                try (Fd memfd = MemFd.create("test", BYTES)) {
                    yield Mapping.shared(memfd, BYTES);
                }
            }
            case HUGETLB -> {
                assumeTrue(Files.isWritable(HUGE_PAGES), "filling the pool of huge pages takes root");
                hugePagesBefore = Files.readString(HUGE_PAGES).strip();
                Files.writeString(HUGE_PAGES,
                        Long.toString(Long.parseLong(hugePagesBefore) + BYTES / (2 << 20)));
                try (Fd memfd = MemFd.createHuge("test", BYTES)) {
                    yield Mapping.shared(memfd, BYTES);
                }
            }
        });
    }

    /** Keeps of each page the first word, and how often it came. */
    private static class Kept implements SnapshotImage {
        final AtomicLongArray words = new AtomicLongArray(PAGES);
        final AtomicIntegerArray times = new AtomicIntegerArray(PAGES);

        @Override
        public void begin(List<? extends RamBlock> blocks) {}

        @Override
        public void save(int index, long offset, MemorySegment buffer, long at, long length) throws IOException {
            for (long done = 0; done < length; done += PAGE) {
                int page = (int) ((offset + done) / PAGE);
                times.incrementAndGet(page);
                words.set(page, buffer.get(JAVA_LONG, at + done));
            }
        }

        @Override
        public void end() {}

        @Override
        public long normalPages() {
            return 0;
        }

        @Override
        public long zeroPages() {
            return 0;
        }

        @Override
        public void close() {}
    }

    /** The one who writes. Owns a buffer. */
    private record Pen(Mapping memory, NativeBuffer buffer) implements AutoCloseable {
        Pen(Mapping memory) {
            this(memory, new NativeBuffer(PAGE));
        }

        void write(long page, long value) {
            buffer.segment().set(JAVA_LONG, 0, value);
            memory.copyFrom(page * PAGE, buffer.segment(), 0, Long.BYTES);
        }

        @Override
        public void close() {
            buffer.close();
        }
    }

    private static void fill(MemoryBlock block) {
        try (var pen = new Pen(block.memory())) {
            for (int page = 0; page < PAGES; page++) {
                pen.write(page, page + 1);
            }
        }
    }

    private static void spoil(MemoryBlock block) {
        try (var pen = new Pen(block.memory())) {
            for (int page = 0; page < block.pages(); page++) {
                pen.write(page, -1);
            }
        }
    }

    private static void saveAll(FrozenRam ram, MemoryBlock block, SnapshotImage image, int lanes) throws Exception {
        var pieces = new Pieces(List.of(block));
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < lanes; i++) {
            all.add(CompletableFuture.runAsync(() -> {
                try (var lane = new SnapshotLane(ram, image, taken -> {})) {
                    pieces.<IOException>takeAll(lane::save);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }, work -> Thread.ofPlatform().start(work)));
        }
        for (CompletableFuture<Void> one : all) {
            one.get();
        }
        while (ram.isIncomplete()) {
            ram.aside().awaitSome();
            ram.aside().saveTo(image);
        }
        ram.aside().saveTo(image);
    }

    private static void assertEachOnceAndAsItWas(Kept image) {
        for (int page = 0; page < PAGES; page++) {
            assertThat(image.times.get(page)).as("times page %d", page).isEqualTo(1);
            assertThat(image.words.get(page)).as("page %d", page).isEqualTo(page + 1);
        }
    }

    /** Writers that write all pages as fast as they can, in their own order, from before the arming to after the end. */
    private static final class Storm implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicBoolean still = new AtomicBoolean();
        private final List<Thread> writers = new ArrayList<>();
        private final AtomicIntegerArray moving;
        private volatile boolean harmful;

        Storm(Mapping memory, int count) {
            moving = new AtomicIntegerArray(count);
            for (int i = 0; i < count; i++) {
                int writer = i;
                writers.add(Thread.ofPlatform().name("writer").start(() -> write(memory, writer)));
            }
        }

        private void write(Mapping memory, int writer) {
            try (var pen = new Pen(memory)) {
                for (long turn = 0; !over.get(); turn++) {
                    moving.set(writer, 1);
                    if (!still.get()) {
                        long page = (turn * (writer % 2 == 0 ? 1 : 769) + writer * 500L) % PAGES;
                        pen.write(page, harmful ? -turn - 1 : page + 1);
                    }
                    moving.set(writer, 0);
                }
            }
        }

        /** Until {@link #goOn} nobody writes; the guest's pause. */
        void stop() {
            still.set(true);
            Eventually.until("all stand still", () -> {
                for (int i = 0; i < moving.length(); i++) {
                    if (moving.get(i) != 0) {
                        return false;
                    }
                }
                return true;
            });
        }

        void goOn() {
            harmful = true;
            still.set(false);
        }

        @Override
        public void close() {
            over.set(true);
            writers.forEach(NativeThread::join);
        }
    }

    private void savesTheInstant(Backing backing, int lanes) throws Exception {
        var image = new Kept();
        var statistics = new FaultStatistics();
        try (MemoryBlock block = block(backing)) {
            fill(block);
            try (var ram = new FrozenRam(List.of(block), statistics); var storm = new Storm(block.memory(), 2)) {
                ram.arm();
                Eventually.until("faults while it is armed", () -> statistics.faults() > 0);
                storm.stop();
                assertThat(ram.freeze(Optional.empty())).isEqualTo(PAGES);
                storm.goOn();
                saveAll(ram, block, image, lanes);
            }
        }
        assertEachOnceAndAsItWas(image);
    }

    @ParameterizedTest
    @EnumSource(Backing.class)
    void savesEachPageOnceAndAsItWas(Backing backing) throws Exception {
        savesTheInstant(backing, 1);
    }

    @ParameterizedTest
    @EnumSource(Backing.class)
    void doesSoWithSeveralLanes(Backing backing) throws Exception {
        savesTheInstant(backing, 3);
    }

    /** Who waits for a copy counts as one that may be stopped: else this would stand still for ever. */
    @Test
    void servesFaultsUnderConstantGarbageCollection() throws Exception {
        var over = new AtomicBoolean();
        Thread collector = Thread.ofPlatform().name("collector").start(() -> {
            while (!over.get()) {
                System.gc();
            }
        });
        try {
            savesTheInstant(Backing.SMALL_PAGES, 2);
        } finally {
            over.set(true);
            collector.join();
        }
    }

    /** The kernel writes the page on behalf of a system call, with O_DIRECT by taking hold of it beforehand. */
    @ParameterizedTest
    @EnumSource(Backing.class)
    void servesSystemCallsThatWriteFrozenPages(Backing backing) throws Exception {
        Path file = dir.resolve("file");
        Files.write(file, "abcdefgh".repeat(2 * (int) PAGE / 8).getBytes(StandardCharsets.US_ASCII));
        var image = new Kept();
        try (MemoryBlock block = block(backing)) {
            fill(block);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics());
                    Fd buffered = Fd.open(file, Set.of(OpenFlag.READ), 0);
                    Fd direct = Fd.open(file, Set.of(OpenFlag.READ, OpenFlag.DIRECT), 0)) {
                ram.arm();
                ram.freeze(Optional.empty());
                assertThat(block.memory().preadFrom(buffered, 0, 3 * PAGE, 8)).isEqualTo(8);
                assertThat(block.memory().preadFrom(direct, 0, 1000 * PAGE, 2 * PAGE)).isEqualTo(2 * PAGE);
                try (Pipe pipe = Pipe.open(); var eight = new NativeBuffer(PAGE)) {
                    pipe.writer().write(eight.segment(), 0, Long.BYTES);
                    block.memory().readFrom(pipe.reader(), 1500 * PAGE, Long.BYTES);
                }
                saveAll(ram, block, image, 1);
            }
        }
        assertEachOnceAndAsItWas(image);
    }

    /** A disk that stands still: as much as there is room for is put aside without it, and the guest goes on. */
    @Test
    void aWriteDoesNotWaitForTheImage() throws Exception {
        var slow = new CountDownLatch(1);
        var image = new Kept() {
            @Override
            public void save(int index, long offset, MemorySegment buffer, long at, long length) throws IOException {
                try {
                    slow.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                super.save(index, offset, buffer, at, length);
            }
        };
        try (MemoryBlock block = block(Backing.SMALL_PAGES)) {
            fill(block);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
                ram.arm();
                ram.freeze(Optional.empty());
                var saved = CompletableFuture.runAsync(() -> {
                    try {
                        saveAll(ram, block, image, 1);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }, work -> Thread.ofPlatform().start(work));
                spoil(block);
                assertThat(saved).isNotDone();
                slow.countDown();
                saved.get();
            }
        }
        assertEachOnceAndAsItWas(image);
    }

    @Test
    void whoWaitsForRoomGoesOnWhenItIsLetGo() throws Exception {
        long bytes = 96 << 20;
        try (var block = new MemoryBlock("pc.ram", Mapping.anonymous(bytes))) {
            block.memory().setHugePages(false);
            block.memory().populate(0, bytes);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
                ram.arm();
                ram.freeze(Optional.empty());
                var written = CompletableFuture.runAsync(() -> spoil(block), work -> Thread.ofPlatform().start(work));
                Eventually.until("it is full", () -> !ram.aside().hasPlenty());
                assertThat(written).isNotDone();
                ram.letGo();
                written.get();
            }
        }
    }

    /** Between the arming and the instant pages come into being that nobody is told of. */
    @ParameterizedTest
    @EnumSource(value = Backing.class, names = {"SMALL_PAGES", "MEMFD"})
    void whatCameIntoBeingJustBeforeTheInstantBelongsToIt(Backing backing) throws Exception {
        var image = new Kept();
        try (MemoryBlock block = block(backing); var pen = new Pen(block.memory())) {
            pen.write(3, 4);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
                ram.arm();
                pen.write(3, 5);
                pen.write(900, 901);
                assertThat(ram.freeze(Optional.empty())).isEqualTo(2);
                pen.write(3, -1);
                pen.write(900, -1);
                pen.write(901, -1);
                saveAll(ram, block, image, 1);
            }
        }
        assertThat(image.words.get(3)).isEqualTo(5);
        assertThat(image.words.get(900)).isEqualTo(901);
        assertThat(image.times.get(901)).isZero();
    }

    @Test
    void closingItLetsEverybodyWrite() throws Exception {
        try (MemoryBlock block = block(Backing.SMALL_PAGES)) {
            fill(block);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
                ram.arm();
                ram.freeze(Optional.empty());
            }
            fill(block);
        }
    }

    /** The kernel tells nobody of memory that is given back, so that it is not. */
    @Test
    void ramThatIsClearedMeanwhileIsSavedAsItWas() throws Exception {
        var image = new Kept();
        try (MemoryBlock block = block(Backing.SMALL_PAGES)) {
            fill(block);
            try (var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
                ram.arm();
                ram.freeze(Optional.empty());
                block.clear();
                saveAll(ram, block, image, 1);
            }
            assertThat(block.memory().isZero(0, BYTES)).isTrue();
            block.clear();
            assertThat(block.memory().isZero(0, BYTES)).isTrue();
        }
        assertEachOnceAndAsItWas(image);
    }

    @Test
    void ramThatIsFrozenAlreadyIsRefused() throws Exception {
        try (MemoryBlock block = block(Backing.SMALL_PAGES);
                var ram = new FrozenRam(List.of(block), new FaultStatistics())) {
            assertThat(ram.blocks()).hasSize(1);
            assertThatThrownBy(() -> new FrozenRam(List.of(block), new FaultStatistics()))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
        }
    }
}
