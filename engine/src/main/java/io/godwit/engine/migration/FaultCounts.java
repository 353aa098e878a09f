package io.godwit.engine.migration;

/**
 * Faults of a guest that runs before its RAM has come, at one moment.
 *
 * @param faults taken from the kernel
 * @param requests host pages asked for, each once but for recoveries
 * @param served from the fault to the page, of all pages that were asked for
 */
public record FaultCounts(long faults, long requests, LatencyCounts served) {
    /** No fault. */
    public static final FaultCounts NONE = new FaultCounts(0, 0, LatencyCounts.NONE);
}
