package io.godwit.engine.paging;

import java.util.Arrays;

/**
 * When each fault began that still waits for its page, so that its latency can be told. A guest has at most as many as
 * threads; what does not fit is not measured. Allocates nothing. Any thread; the lock is taken for pages that were asked
 * for, not for all.
 */
final class OpenFaults {
    private static final int MOST = 256;
    private static final long FREE = -1;

    private final long[] keys = new long[MOST];
    private final long[] began = new long[MOST];
    private final FaultStatistics statistics;

    OpenFaults(FaultStatistics statistics) {
        this.statistics = statistics;
        Arrays.fill(keys, FREE);
    }

    private static long key(int block, long offset) {
        return (long) block << 48 | offset >>> 12;
    }

    synchronized void begin(int block, long offset) {
        for (int i = 0; i < MOST; i++) {
            if (keys[i] == FREE) {
                keys[i] = key(block, offset);
                began[i] = System.nanoTime();
                return;
            }
        }
    }

    /** The page is there. */
    synchronized void end(int block, long offset) {
        long key = key(block, offset);
        for (int i = 0; i < MOST; i++) {
            if (keys[i] == key) {
                keys[i] = FREE;
                statistics.served(System.nanoTime() - began[i]);
                return;
            }
        }
    }
}
