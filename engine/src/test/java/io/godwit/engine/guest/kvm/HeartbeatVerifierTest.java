package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.guest.Guest.Verification.Broken;
import io.godwit.engine.guest.Guest.Verification.Intact;
import io.godwit.engine.guest.Guest.Verification.Unknown;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HeartbeatVerifierTest {
    private static final long FILL = 0x100000;

    @BeforeAll
    static void kvm() {
        KvmPeer.require();
    }

    private static void brokenBy(TestGuest it, long address, int value, String finding) throws Exception {
        int before = it.word(address);
        it.setWord(address, value);
        assertThat(it.guest.verify()).isInstanceOfSatisfying(Broken.class,
                broken -> assertThat(broken.finding()).contains(finding));
        it.setWord(address, before);
        assertThat(it.guest.verify()).isInstanceOf(Intact.class);
    }

    @Test
    void everyInvariantIsChecked() throws Exception {
        try (var it = TestGuest.running(TestGuest.busy())) {
            it.guest.resume();
            it.line.awaitLines(2);
            it.guest.pause();
            int touched = it.word(0x7e08);
            int next = touched % 128;
            int pass = touched / 128;
            brokenBy(it, 0x7c00, 0, "image at 0x7c0");
            brokenBy(it, 0x7dd0, 0, "parameter block");
            brokenBy(it, 0x7dd4, 511, "status: 512 pages filled, at most 511");
            brokenBy(it, 0x7dd8, -1, "parameter block");
            brokenBy(it, 0x7e00, 513, "status: 513 pages filled, at most 512");
            brokenBy(it, FILL + 5 * 4096, 0x104, "page 0x105: number: got 0x104");
            brokenBy(it, FILL + 5 * 4096 + 4, 0, "page 0x105: number's complement");
            brokenBy(it, FILL + 511 * 4096 + 8, 1, "page 0x2ff: counter: got 0x1, expected 0x0");
            brokenBy(it, FILL + 300 * 4096 + 4092, 1, "page 0x22c: word at 4092");
            int stale = (next + 64) % 128; // far from the step: one touch behind
            brokenBy(it, FILL + stale * 4096L + 8, (stale < next ? pass + 1 : pass) - 1, "counter");
        }
    }

    @Test
    void whileTheHogRunsItsPagesMatter() throws Exception {
        try (var it = TestGuest.with(64 << 20, 1, BootImage.heartbeat(new Heartbeat(1, 0, 0, 1, 14_000)))) {
            int hogged = 0;
            while (hogged == 0) {
                it.guest.resume();
                letItRun();
                it.guest.pause();
                assertThat(it.guest.verify()).isInstanceOf(Intact.class);
                hogged = it.word(0x7e10);
            }
            assertThat(hogged).isLessThan(14_000);
            brokenBy(it, FILL + 4096, 0, "page 0x101: address: got 0x0, expected 0x101000");
            brokenBy(it, FILL + 4096 + 8, 1, "page 0x101: word at 8");
            brokenBy(it, 0x7e10, 14_001, "status: 14001 pages of the hog, at most 14000");
        }
    }

    @Test
    void programThatIsNotOursIsUnknown() throws Exception {
        try (var it = TestGuest.running(TestGuest.program(0xf4))) {
            assertThat(it.guest.verify()).isInstanceOf(Unknown.class);
        }
    }

    @Test
    void guestInMidFillIsIntact() throws Exception {
        long ramBytes = 64 << 20;
        try (var it = TestGuest.with(ramBytes, 1, BootImage.heartbeat(new Heartbeat(12000, 100, 1, 1)))) {
            long checked = 0;
            while (checked < 12000) {
                it.guest.resume();
                letItRun();
                it.guest.pause();
                Verification result = it.guest.verify();
                assertThat(result).isInstanceOf(Intact.class);
                checked = ((Intact) result).pagesChecked();
            }
        }
    }

    /** For a moment: a pause that follows at once comes before the vCPU has run at all. */
    private static void letItRun() {
        for (int i = 0; i < 100_000; i++) {
            Thread.onSpinWait();
        }
    }
}
