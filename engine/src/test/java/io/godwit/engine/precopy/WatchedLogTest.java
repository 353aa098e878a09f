package io.godwit.engine.precopy;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class WatchedLogTest {
    private static final int PAGES = 4;

    @AutoClose
    private final MemoryBlock first;
    @AutoClose
    private final MemoryBlock second;
    private final TransferCounters counters = new TransferCounters();
    private final CountDownLatch failed = new CountDownLatch(1);

    WatchedLogTest() throws IOException {
        first = new MemoryBlock("first", Mapping.anonymous(PAGES * RamBlock.PAGE_SIZE));
        second = new MemoryBlock("second", Mapping.anonymous(PAGES * RamBlock.PAGE_SIZE));
    }

    /** Page 1 of the first block has been written; the second one's log cannot be read within a pass. */
    private final class Broken implements DirtyLog {
        @Override
        public void takeDirty(RamBlock block, PageBitmap into) {
            // Nothing since the look.
        }

        @Override
        public void takeEarly(RamBlock block, PageBitmap into) throws IOException {
            if (block != first) {
                failed.countDown();
                throw new IOException("no log");
            }
            into.set(1);
        }

        @Override
        public void close() {}
    }

    @Test
    void aLookThatFailsHalfWayLosesNoPage() throws Exception {
        var blocks = List.of(first, second);
        try (var log = new WatchedLog(new Broken(), new PendingPages(blocks), counters)) {
            counters.nextPass();
            log.beginLooks();
            failed.await();
            log.endLooks();
            var taken = new PendingPages(blocks);
            log.take(taken);
            assertThat(taken.count()).isOne();
            assertThat(taken.bitmap(0).nextSet(0)).isOne();
        }
    }
}
