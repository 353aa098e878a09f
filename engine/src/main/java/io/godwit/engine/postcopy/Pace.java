package io.godwit.engine.postcopy;

import java.util.function.LongSupplier;

/**
 * Holds what nobody has asked for to so many bytes a second, in windows of 20 ms. Unlike the rate limit of a channel it does
 * not wait itself: who does has requests to wait for as well. One thread.
 */
final class Pace {
    private static final long WINDOW_NANOS = 20_000_000;
    private static final long WINDOWS_PER_SECOND = 50;

    private final LongSupplier bytesPerSecond;
    private long windowBegan = System.nanoTime();
    private long usedInWindow;

    /** @param bytesPerSecond asked anew for each run of pages; 0 for no limit */
    Pace(LongSupplier bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** How long to wait before more may be sent; 0 for now. */
    long nanosToWait() {
        long limit = bytesPerSecond.getAsLong();
        if (limit == 0) {
            return 0;
        }
        long now = System.nanoTime();
        long perWindow = Math.max(1, Long.divideUnsigned(limit, WINDOWS_PER_SECOND));
        long windows = (now - windowBegan) / WINDOW_NANOS;
        if (windows > 0) {
            // What was used beyond a window is taken from the next ones: a run is not cut.
            usedInWindow = Math.max(0, usedInWindow - saturated(windows, perWindow));
            windowBegan += windows * WINDOW_NANOS;
        }
        return usedInWindow < perWindow ? 0 : windowBegan + WINDOW_NANOS - now;
    }

    private static long saturated(long windows, long perWindow) {
        return perWindow > Long.MAX_VALUE / windows ? Long.MAX_VALUE : windows * perWindow;
    }

    void used(long bytes) {
        usedInWindow += bytes;
    }
}
