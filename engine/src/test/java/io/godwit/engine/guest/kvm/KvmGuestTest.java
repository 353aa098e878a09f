package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.Guest.Verification.Intact;
import io.godwit.engine.guest.Guest.Verification.Unknown;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KvmGuestTest {
    // 'r'; cli; protected mode with an empty IDT; ud2
    private static final String TRIPLE_FAULT = "baf803b072eefa31c08ed80f0116247c0f011e00050f20c00c010f22c0ea227c0800"
            + "0f0b" + "0f002a7c0000" + "0000000000000000" + "ffff0000009bcf00";

    @BeforeAll
    static void kvm() {
        KvmPeer.require();
    }

    private static List<String> heartbeats(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj("godwit heartbeat %08d"::formatted).toList();
    }

    @Test
    void newGuestStandsStill() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            assertThat(it.guest.machineType()).isEqualTo("godwit-kvm-1");
            assertThat(it.guest.cpuThreadIds()).hasSize(1).allMatch(id -> id > 0);
            assertThat(it.guest.verify()).isEqualTo(new Intact(0, 0));
            assertThat(it.line.said()).isEmpty();
        }
    }

    @Test
    void builtInGuestFillsDirtiesAndSaysSo() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.resume();
            assertThat(it.line.awaitLines(3)).startsWith(heartbeats(1, 3).toArray(String[]::new));
            it.guest.pause();
            assertThat(it.guest.verify()).isInstanceOfSatisfying(Intact.class, intact -> {
                assertThat(intact.pagesChecked()).isEqualTo(512);
                assertThat(intact.progress()).isGreaterThanOrEqualTo(3);
            });
        }
    }

    @Test
    void builtInGuestSaysWhatItsHogHasLeftAndNeedsItNoMore() throws Exception {
        try (var it = TestGuest.running(BootImage.heartbeat(new Heartbeat(512, 128, 64, 12, 1000)))) {
            it.guest.resume();
            it.line.awaitLines(1);
            FreePageHints hints = it.guest.freePages().orElseThrow().hints();
            assertThat(hints.isOffered()).isTrue();
            var pending = new PendingPages(it.guest.ram());
            pending.addTouched();
            assertThat(pending.bitmap(0).get(0x100 + 512)).isTrue();
            hints.start();
            while (!hints.isFinished()) {
                Thread.onSpinWait();
            }
            assertThat(hints.withhold(pending, new PendingPages(it.guest.ram()))).isEqualTo(1000);
            assertThat(pending.bitmap(0).nextSet(0x100 + 512, 0x100 + 512 + 1000)).isEqualTo(-1);
            assertThat(pending.bitmap(0).get(0x100 + 511)).isTrue();
            hints.done();
            it.guest.pause();
            it.setWord((0x100 + 512) * 4096L, 0);
            assertThat(it.guest.verify()).isInstanceOfSatisfying(Intact.class,
                    intact -> assertThat(intact.pagesChecked()).isEqualTo(512));
        }
    }

    @Test
    void givesMemoryBackAndKeepsItsBalloonAsLargeAsItShouldBe() throws Exception {
        try (var it = TestGuest.with(16 << 20, 1, BalloonProgram.image())) {
            MemoryBlock ram = it.guest.ram().getFirst();
            ram.memory().populate(0, ram.byteSize());
            Balloon balloon = it.guest.freePages().orElseThrow().balloon();
            var told = new LinkedBlockingQueue<Long>();
            balloon.onChange(told::add);
            it.guest.resume();
            try (DirtyLog log = it.guest.startDirtyLog()) {
                balloon.leave((16 << 20) - 1000 * 4096);
                assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo((16 << 20) - 1000 * 4096);
                assertThat(balloon.isOffered()).isTrue();
                var touched = new PageBitmap(ram.pages());
                ram.addTouched(touched);
                int first = BalloonProgram.FIRST_PAGE;
                assertThat(touched.nextSet(first, first + 1000)).isEqualTo(-1);
                assertThat(touched.cardinality()).isEqualTo(ram.pages() - 1000);
                var dirty = new PageBitmap(ram.pages());
                log.takeDirty(ram, dirty);
                assertThat(dirty.nextSet(0x10)).isEqualTo(first);
                assertThat(dirty.nextClear(first)).isEqualTo(first + 1000);
            }
            it.guest.pause();
            assertThat(it.word(BalloonProgram.KINDS)).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"4097, 0", "0, 4097", "-1, 0", "0, -1"})
    void aBalloonThatCannotBeIsRefused(long target, long held) {
        var device = new BalloonDevice(new Balloon(4096, () -> {}), 4096);
        byte[] body = ByteBuffer.allocate(16).putLong(target).putLong(held).array();
        assertThatThrownBy(() -> device.load(new DeviceBody(body), 1)).hasMessageStartingWith("balloon: ")
                .hasMessageEndingWith("at most 4096 expected");
    }

    @Test
    void theBalloonGoesAlongToWhereItIsWanted() throws Exception {
        try (var here = TestGuest.with(16 << 20, 1, BalloonProgram.image());
                var there = TestGuest.incoming(16 << 20, 1)) {
            here.guest.resume();
            here.guest.freePages().orElseThrow().balloon().leave((16 << 20) - 100 * 4096);
            while (here.guest.freePages().orElseThrow().balloon().heldPages() != 100) {
                Thread.onSpinWait();
            }
            here.guest.pause();
            here.moveTo(there);
            Balloon balloon = there.guest.freePages().orElseThrow().balloon();
            assertThat(balloon.heldPages()).isEqualTo(100);
            there.guest.resume();
            balloon.leave(16 << 20);
            while (balloon.heldPages() != 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void stopsWithConsistentStateFiveHundredTimes() throws Exception {
        try (var it = TestGuest.running(BootImage.heartbeat(new Heartbeat(512, 128, 4096, 12)))) {
            int progressed = 0;
            int before = 0;
            for (int i = 0; i < 500; i++) {
                it.guest.resume();
                it.guest.pause();
                assertThat(it.guest.verify()).isInstanceOf(Intact.class);
                int touched = it.word(0x7e08);
                progressed += touched == before ? 0 : 1;
                before = touched;
                if (i % 50 == 0) { // now and then let it come far
                    it.guest.resume();
                    it.line.awaitLines(1 + i / 50);
                    it.guest.pause();
                }
            }
            assertThat(progressed).isGreaterThan(5);
        }
    }

    @Test
    void haltedGuestStopsAsWell() throws Exception {
        try (var it = TestGuest.running(TestGuest.program(0xfa, 0xf4))) { // cli; hlt
            for (int i = 0; i < 20; i++) {
                it.guest.resume();
                it.guest.pause();
            }
            assertThat(it.guest.verify()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    void pauseAndResumeOfOneThatIsSoAlreadyDoNothing() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.pause();
            it.guest.resume();
            it.guest.resume();
            it.line.awaitLines(1);
            it.guest.pause();
            it.guest.pause();
            assertThat(it.progress()).isGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void guestGoesOnElsewhereWithoutLosingAHeartbeat() throws Exception {
        StringBuilder said = new StringBuilder();
        TestGuest here = TestGuest.running(TestGuest.busy());
        try {
            for (int move = 0; move < 5; move++) {
                here.guest.resume();
                here.line.awaitBytes(40 + 7 * move); // in the middle of a line
                here.guest.pause();
                TestGuest there = TestGuest.incoming(16 << 20, 1);
                here.moveTo(there);
                assertThat(there.guest.verify()).isInstanceOf(Intact.class);
                said.append(here.line.said());
                here.close();
                here = there;
            }
            here.guest.resume();
            here.line.awaitLines(2);
            here.guest.pause();
            said.append(here.line.said());
            assertThat(here.guest.verify()).isInstanceOf(Intact.class);
        } finally {
            here.close();
        }
        List<String> lines = List.of(said.toString().split("\r\n", -1));
        assertThat(lines.size()).isGreaterThan(7);
        assertThat(lines.subList(0, lines.size() - 1)).isEqualTo(heartbeats(1, lines.size() - 1));
    }

    @Test
    void twoProcessorsBootPauseAndMove() throws Exception {
        // Both the BSP and, once a SIPI has come, the other one say who they are, then count in memory.
        try (var here = TestGuest.with(16 << 20, 2, SmpProgram.image()); var there = TestGuest.incoming(16 << 20, 2)) {
            assertThat(here.guest.cpuThreadIds()).doesNotHaveDuplicates().hasSize(2);
            here.guest.resume();
            here.line.await(said -> said.contains("a") && said.contains("b"));
            assertThat(here.line.said()).containsOnlyOnce("B").containsOnlyOnce("A");
            here.guest.pause();
            int[] counts = {here.word(SmpProgram.COUNT_0), here.word(SmpProgram.COUNT_1)};
            assertThat(here.word(SmpProgram.COUNT_0)).isEqualTo(counts[0]);
            here.moveTo(there);
            there.guest.resume();
            there.line.await(said -> said.contains("a") && said.contains("b"));
            there.guest.pause();
            assertThat(there.word(SmpProgram.COUNT_0)).isGreaterThan(counts[0]);
            assertThat(there.word(SmpProgram.COUNT_1)).isGreaterThan(counts[1]);
        }
    }

    @Test
    void resetStartsTheProgramAnew() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.resume();
            it.line.awaitLines(2);
            it.guest.pause();
            int already = it.line.awaitLines(2).size();
            boolean midLine = !it.line.said().endsWith("\n");
            it.guest.reset();
            it.guest.resume();
            List<String> lines = it.line.awaitLines(already + 2);
            assertThat(lines.get(already)).endsWith(heartbeats(1, 1).getFirst());
            assertThat(lines.get(already + 1)).isEqualTo(heartbeats(2, 2).getFirst());
            assertThat(midLine || lines.get(already).startsWith("godwit")).isTrue();
            it.guest.pause();
            assertThat(it.guest.verify()).isInstanceOf(Intact.class);
        }
    }

    @Test
    void resetOfARunningGuestIsRefused() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.resume();
            assertThatThrownBy(it.guest::reset).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void guestResetsItselfByTheKeyboardControllerPortCf9AndTripleFault() throws Exception {
        var ways = List.of(TestGuest.program(0xba, 0xf8, 0x03, 0xb0, 'r', 0xee, 0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe),
                TestGuest.program(0xba, 0xf8, 0x03, 0xb0, 'r', 0xee, 0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xeb, 0xfe),
                BootImage.of(HexFormat.of().parseHex(TRIPLE_FAULT)));
        for (BootImage image : ways) {
            try (var it = TestGuest.running(image)) {
                it.guest.resume();
                it.line.awaitBytes(3);
                it.guest.pause();
                assertThat(it.line.said()).matches("r{3,}");
                assertThat(it.events.poll(30, TimeUnit.SECONDS)).isEqualTo("reset");
            }
        }
    }

    @Test
    void pauseNeverLeavesAResetToCome() throws Exception {
        try (var it = TestGuest.running(TestGuest.program(0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe))) {
            for (int i = 0; i < 200; i++) {
                it.guest.resume();
                for (int spin = 0; spin < 100 * i; spin++) {
                    Thread.onSpinWait(); // from a pause before the vCPU has run to one after several resets
                }
                it.guest.pause();
                int resets = it.events.size();
                assertThat(it.guest.cpuThreadIds()).hasSize(1);
                assertThat(it.events.size() - resets).isLessThanOrEqualTo(1); // told late, done before
            }
            assertThat(it.events).contains("reset").doesNotContain("crashed");
        }
    }

    @Test
    void throttledGuestGetsLessOfTheProcessor() throws Exception {
        try (var it = TestGuest.running(TestGuest.program(0xeb, 0xfe))) { // jmp $
            it.guest.resume();
            it.guest.throttle(90);
            assertThat(shareOfProcessor(it)).isLessThan(0.5);
            it.guest.pause();
            it.guest.resume(); // throttled as before
            assertThat(shareOfProcessor(it)).isLessThan(0.5);
            it.guest.throttle(0);
            it.guest.throttle(50);
            it.guest.throttle(0);
            assertThatThrownBy(() -> it.guest.throttle(100)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** CPU time of the vCPU's thread by the wall's: other load makes it less, never more. */
    private static double shareOfProcessor(TestGuest it) throws Exception {
        Path schedstat = Path.of("/proc/self/task/" + it.guest.cpuThreadIds().getFirst() + "/schedstat");
        long wallBefore = System.nanoTime();
        long before = nanosOnProcessor(schedstat);
        while (System.nanoTime() - wallBefore < TimeUnit.MILLISECONDS.toNanos(500)) {
            LockSupport.parkNanos(1_000_000); // the measured interval itself
        }
        return (double) (nanosOnProcessor(schedstat) - before) / (System.nanoTime() - wallBefore);
    }

    private static long nanosOnProcessor(Path schedstat) throws Exception {
        return Long.parseLong(Files.readString(schedstat).split(" ", 2)[0]);
    }

    @Test
    void throttledGuestPausesAtOnce() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.resume();
            it.guest.throttle(99);
            it.line.awaitLines(1);
            long before = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                it.guest.pause();
                it.guest.resume();
            }
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void incomingGuestsRamIsNotTouched() throws Exception {
        try (var it = TestGuest.incoming(16 << 20, 2)) {
            Mapping memory = it.guest.ram().getFirst().memory();
            assertThat(memory.isZero(0, memory.byteSize())).isTrue();
            assertThat(it.guest.verify()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    void ramAboveThreeGibibytesContinuesAtFour() throws Exception {
        long ramBytes = (3L << 30) + (64 << 20);
        try (var it = TestGuest.with(ramBytes, 1, BootImage.builtIn(ramBytes))) {
            it.guest.resume();
            it.line.awaitLines(1);
            it.guest.pause();
            assertThat(it.progress()).isGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void tooManyProcessorsAreRefusedAndNothingIsKept() throws Exception {
        var ram = new MemoryBlock("pc.ram", Mapping.anonymous(1 << 20));
        assertThatThrownBy(() -> KvmGuest.create(ram, 17, TestGuest.busy(), SerialLine.none(), false,
                new KvmGuest.Listener() {
                    @Override
                    public void crashed(String reason) {}

                    @Override
                    public void reset() {}
                })).hasMessage("vCPUs: 17, expected 1 to 16");
        assertThatThrownBy(() -> ram.memory().isZero(0, 1)).isInstanceOf(IllegalStateException.class);
    }
}
