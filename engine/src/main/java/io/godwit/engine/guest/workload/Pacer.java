package io.godwit.engine.guest.workload;

/**
 * When a thread's next touch is due. Touches that were late are caught up with, but not those of more than a tenth of a
 * second: a guest that cannot keep up does not owe more and more. One thread; times are those of {@link System#nanoTime}.
 */
final class Pacer {
    private static final long MAX_DEBT_NANOS = 100_000_000;
    /** Sleeping costs more than a touch: whoever has to wait lets a millisecond's touches gather. */
    private static final long MIN_WAIT_NANOS = 1_000_000;

    private final long start;
    private double due;

    Pacer(long now) {
        start = now;
    }

    /** How long to wait; 0 when a touch is due. */
    long nanosToWait(long now) {
        double left = due - (now - start);
        if (left <= 0) {
            due = Math.max(due, (double) (now - start - MAX_DEBT_NANOS));
            return 0;
        }
        return Math.max((long) left, MIN_WAIT_NANOS);
    }

    /** One touch was made; the next is due {@code intervalNanos} after it was due. */
    void touched(double intervalNanos) {
        due += intervalNanos;
    }
}
