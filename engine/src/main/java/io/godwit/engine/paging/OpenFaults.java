package io.godwit.engine.paging;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When each fault began that still waits for its page, so that its latency can be told, and which vCPU it keeps waiting. A guest
 * has at most as many as threads; what does not fit is not measured. Allocates nothing. Any thread; the lock is taken for pages
 * that were asked for, not for all.
 */
final class OpenFaults {
    private static final int MOST = 256;

    private final long[] keys = new long[MOST];
    private final long[] began = new long[MOST];
    private final FaultStatistics statistics;
    private final @Nullable Blocktime blocktime;

    OpenFaults(FaultStatistics statistics, Optional<Blocktime> blocktime) {
        this.statistics = statistics;
        this.blocktime = blocktime.orElse(null);
        Arrays.fill(keys, PageKey.NONE);
    }

    /** The first fault for a page. */
    synchronized void begin(int block, long offset) {
        for (int i = 0; i < MOST; i++) {
            if (keys[i] == PageKey.NONE) {
                keys[i] = PageKey.of(block, offset);
                began[i] = System.nanoTime();
                return;
            }
        }
    }

    /** Each fault for a page, by the thread that waits. */
    void waits(int thread, int block, long offset) {
        if (blocktime != null) {
            blocktime.begin(thread, PageKey.of(block, offset), System.nanoTime());
        }
    }

    /** The page is there. */
    synchronized void end(int block, long offset) {
        long key = PageKey.of(block, offset);
        long now = System.nanoTime();
        if (blocktime != null) {
            blocktime.end(key, now);
        }
        for (int i = 0; i < MOST; i++) {
            if (keys[i] == key) {
                keys[i] = PageKey.NONE;
                statistics.served(now - began[i]);
                return;
            }
        }
    }
}
