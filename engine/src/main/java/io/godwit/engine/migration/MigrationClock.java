package io.godwit.engine.migration;

import java.util.OptionalLong;

/** When one migration began, was set up, stopped the guest and ended: nanoseconds of one clock. Any thread. */
public final class MigrationClock {
    private static final long NEVER = Long.MIN_VALUE;

    private final long began = System.nanoTime();
    private volatile long setUp = NEVER;
    private volatile long guestStopped = NEVER;
    private volatile long ended = NEVER;
    private volatile long guestRuns = NEVER;
    private volatile long expectedDowntimeNanos;

    /** Begins now. */
    public MigrationClock() {}

    public void setUp() {
        setUp = System.nanoTime();
    }

    /** The guest stands still from here on: downtime begins. */
    public void guestStopped() {
        guestStopped = System.nanoTime();
    }

    /** The guest runs at the other end, as far as this side can know: downtime ends. */
    public void guestRuns() {
        guestRuns = System.nanoTime();
    }

    public void ended() {
        ended = System.nanoTime();
    }

    /** What the downtime would be if the guest were stopped now. */
    public void expectDowntime(long nanos) {
        expectedDowntimeNanos = nanos;
    }

    public long expectedDowntimeNanos() {
        return expectedDowntimeNanos;
    }

    /** From the beginning to the end, or to now. */
    public long totalNanos() {
        return (ended == NEVER ? System.nanoTime() : ended) - began;
    }

    public long setupNanos() {
        return setUp == NEVER ? 0 : setUp - began;
    }

    /** From the beginning until the guest ran at the other end; empty as long as it does not. */
    public OptionalLong runningNanos() {
        return guestRuns == NEVER ? OptionalLong.empty() : OptionalLong.of(guestRuns - began);
    }

    /** Since the guest was stopped, for as long as it stands still: until it runs at the other end, or here again. 0 before. */
    public long standstillNanos() {
        if (guestStopped == NEVER) {
            return 0;
        }
        if (guestRuns != NEVER) {
            return guestRuns - guestStopped;
        }
        return (ended == NEVER ? System.nanoTime() : ended) - guestStopped;
    }

    /** Since everything was set up; 0 before. */
    public long activeNanos() {
        return setUp == NEVER ? 0 : (ended == NEVER ? System.nanoTime() : ended) - setUp;
    }

    /** From the guest's stop to its run at the other end; empty as long as that has not come about. */
    public OptionalLong downtimeNanos() {
        return guestStopped == NEVER || guestRuns == NEVER
                ? OptionalLong.empty()
                : OptionalLong.of(guestRuns - guestStopped);
    }
}
