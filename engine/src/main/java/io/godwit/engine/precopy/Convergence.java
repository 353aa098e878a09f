package io.godwit.engine.precopy;

import io.godwit.protocol.qapi.MigrationParameters;

/**
 * Judges after each pass whether what is left is little enough to stop the guest for it: whether it can be sent within the
 * downtime limit at the speed measured. One thread.
 */
final class Convergence {
    /** A shorter measurement says more about the scheduler than about the channel. */
    private static final long SHORTEST_SAMPLE_NANOS = 20_000_000;
    /** Another pass is not worth its while for less downtime than this. */
    private static final long NEGLIGIBLE_DOWNTIME_NANOS = 5_000_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private long sampleBytes;
    private long sampleNanos;
    private long bytesPerSecond;
    private long previousRemaining = Long.MAX_VALUE;

    /** A pass gave the channel so many bytes in so much time. */
    void measured(long bytes, long nanos) {
        sampleBytes += bytes;
        sampleNanos += nanos;
        if (sampleNanos >= SHORTEST_SAMPLE_NANOS || bytesPerSecond == 0) {
            bytesPerSecond = (long) (sampleBytes * (double) NANOS_PER_SECOND / Math.max(1, sampleNanos));
        }
        if (sampleNanos >= SHORTEST_SAMPLE_NANOS) {
            sampleBytes = 0;
            sampleNanos = 0;
        }
    }

    long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** How long the guest would stand still if it were stopped with so much left. */
    long expectedDowntimeNanos(long remainingBytes, MigrationParameters parameters) {
        long speed = parameters.availSwitchoverBandwidth() != 0
                ? parameters.availSwitchoverBandwidth()
                : bytesPerSecond;
        if (remainingBytes == 0) {
            return 0;
        }
        return speed == 0 ? Long.MAX_VALUE : (long) (remainingBytes * (double) NANOS_PER_SECOND / speed);
    }

    /**
     * Whether to stop the guest now. Within the limit, passes go on as long as each at least halves what is left: they cost
     * the guest nothing, and every one of them shortens its standstill.
     */
    boolean reached(long remainingBytes, MigrationParameters parameters) {
        long expected = expectedDowntimeNanos(remainingBytes, parameters);
        boolean halved = remainingBytes <= previousRemaining / 2;
        previousRemaining = remainingBytes;
        if (expected > parameters.downtimeLimitMillis() * NANOS_PER_MILLISECOND) {
            return false;
        }
        return expected <= NEGLIGIBLE_DOWNTIME_NANOS || !halved;
    }
}
