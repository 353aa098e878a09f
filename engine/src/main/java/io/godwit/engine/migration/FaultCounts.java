package io.godwit.engine.migration;

import java.util.List;

/**
 * Faults of guests that run before their RAM has come, at one moment.
 *
 * @param faults taken from the kernel
 * @param requests host pages asked for, each once but for recoveries
 * @param servedNanos time between fault and page, of all pages that were asked for, together
 * @param served how many of those took less than 1, 2, 4, ... microseconds and not less than the one before; the last number is
 *     that of all others
 */
public record FaultCounts(long faults, long requests, long servedNanos, List<Long> served) {
    /** No fault. */
    public static final FaultCounts NONE = new FaultCounts(0, 0, 0, List.of());

    public FaultCounts {
        served = List.copyOf(served);
    }
}
