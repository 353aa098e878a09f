package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KvmDirtyLogTest {

    @BeforeAll
    static void kvm() {
        KvmPeer.require();
    }

    private static List<Long> taken(TestGuest it, DirtyLog log) throws IOException {
        MemoryBlock ram = it.guest.ram().getFirst();
        var pages = new PageBitmap(ram.pages());
        log.takeDirty(ram, pages);
        var list = new ArrayList<Long>();
        for (long page = pages.nextSet(0); page >= 0; page = pages.nextSet(page + 1)) {
            list.add(page);
        }
        return list;
    }

    /** Writes pages 0x20, 0x23 and 0x8f, says w, waits for an answer in vain: stands in HLT. */
    private static BootImage threeWrites() throws IOException {
        return TestGuest.program(0xfa, 0x31, 0xc0, 0xb8, 0x00, 0x20, 0x8e, 0xd8, 0xa3, 0x00, 0x00, // [2000:0]
                0xb8, 0x00, 0x23, 0x8e, 0xd8, 0xa3, 0x10, 0x00, // [2300:10]
                0xb8, 0x00, 0x80, 0x8e, 0xd8, 0xa3, 0xfe, 0xff, // [8000:fffe]
                0xba, 0xf8, 0x03, 0xb0, 'w', 0xee, 0xf4, 0xeb, 0xe0);
    }

    @Test
    void logHoldsExactlyThePagesWrittenAndEachOnce() throws Exception {
        try (var it = TestGuest.running(threeWrites()); DirtyLog log = it.guest.startDirtyLog()) {
            assertThat(taken(it, log)).isEmpty();
            it.guest.resume();
            it.line.awaitBytes(1);
            assertThat(taken(it, log)).containsExactly(0x20L, 0x23L, 0x8fL);
            assertThat(taken(it, log)).isEmpty();
            it.guest.pause();
            it.guest.reset(); // our own write of the image
            assertThat(taken(it, log)).containsExactly(7L);
            it.guest.resume();
            it.line.awaitBytes(2);
            it.guest.pause();
            assertThat(taken(it, log)).containsExactly(0x20L, 0x23L, 0x8fL);
        }
    }

    @Test
    void pagesCopiedWhileTheGuestRunsAreCompleteInTheEnd() throws Exception {
        try (var here = TestGuest.running(TestGuest.busy()); var there = TestGuest.incoming(16 << 20, 1)) {
            here.guest.resume();
            here.line.awaitLines(1);
            MemoryBlock ram = here.guest.ram().getFirst();
            var dirty = new PageBitmap(ram.pages());
            try (DirtyLog log = here.guest.startDirtyLog()) {
                dirty.setRange(0, ram.pages());
                for (int pass = 0; pass < 20; pass++) {
                    here.copyPages(dirty, there);
                    log.takeDirty(ram, dirty);
                }
                here.guest.pause();
                log.takeDirty(ram, dirty);
                here.copyPages(dirty, there);
            }
            assertThat(here.differingPages(there)).isEmpty();
        }
    }

    @Test
    void logCanBeStartedAgainAfterItsCloseButNotBefore() throws Exception {
        try (var it = TestGuest.running(threeWrites())) {
            DirtyLog first = it.guest.startDirtyLog();
            assertThatThrownBy(it.guest::startDirtyLog).isInstanceOf(IllegalStateException.class);
            first.close();
            first.close();
            assertThatThrownBy(() -> taken(it, first)).isInstanceOf(IllegalStateException.class);
            it.guest.resume();
            it.line.awaitBytes(1);
            it.guest.pause();
            try (DirtyLog second = it.guest.startDirtyLog()) {
                assertThat(taken(it, second)).as("what was before it").isEmpty();
            }
        }
    }

    @Test
    void secondSlotChangesNothingForTheFirst() throws Exception {
        long ramBytes = (3L << 30) + (8 << 20);
        try (var it = TestGuest.with(ramBytes, 1, threeWrites()); DirtyLog log = it.guest.startDirtyLog()) {
            it.guest.resume();
            it.line.awaitBytes(1);
            it.guest.pause();
            assertThat(taken(it, log)).containsExactly(0x20L, 0x23L, 0x8fL);
        }
    }
}
