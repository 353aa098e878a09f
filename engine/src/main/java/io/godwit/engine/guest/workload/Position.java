package io.godwit.engine.guest.workload;

/**
 * How far one thread has come in its part of the plan. Owned by that thread while it moves; by whoever holds the guest
 * still otherwise.
 */
final class Position {
    /** Pages of the part that are filled. */
    long filled;
    /** Pages of the part of the hog that are written. */
    long hogged;
    /** Whether the part of the hog is written and free since. Read by the thread that reports it. */
    volatile boolean freed;
    /** Complete passes over the thread's part of the working set. */
    long pass;
    /** The next page of this pass, counted from the part's start. */
    long next;

    void touched(long dirtyPages) {
        if (++next == dirtyPages) {
            next = 0;
            pass++;
        }
    }

    /** Which page was touched last, counted from the part's start, or -1 when none was since the beginning. */
    long lastTouched(long dirtyPages) {
        return next > 0 ? next - 1 : pass > 0 ? dirtyPages - 1 : -1;
    }

    /** What the counter of the part's page {@code index}, which is filled, must be. */
    long counter(long index, long dirtyPages) {
        if (index >= dirtyPages) {
            return 0;
        }
        return index < next ? pass + 1 : pass;
    }

    /** Pages written, each time they were. */
    long progress(long dirtyPages) {
        return filled + hogged + pass * dirtyPages + next;
    }
}
