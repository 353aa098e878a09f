package io.godwit.engine.migration;

/**
 * What sending pages as deltas has come to: QAPI {@code XBZRLECacheStats}, as QEMU counts.
 *
 * @param bytes of the deltas, and a page for each overflow
 * @param pages that were found in the cache, whatever became of them: sent as a delta, not at all, or as an overflow
 * @param misses pages that were not, and were sent as they are
 * @param missRate part of the last pass's pages that were misses, 0 to 1
 * @param encodingRate bytes of the pages found in the last pass for each byte that they took; 0 when there were none
 * @param overflows pages whose delta would have been as long as they are, and that were sent as they are
 */
public record DeltaCounts(long bytes, long pages, long misses, double missRate, double encodingRate, long overflows) {
    /** Nothing was sent so. */
    public static final DeltaCounts NONE = new DeltaCounts(0, 0, 0, 0, 0, 0);

    /** The counts of both; the rates are of {@code later}. */
    public DeltaCounts plus(DeltaCounts later) {
        return new DeltaCounts(bytes + later.bytes, pages + later.pages, misses + later.misses, later.missRate,
                later.encodingRate, overflows + later.overflows);
    }
}
