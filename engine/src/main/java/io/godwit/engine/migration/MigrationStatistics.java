package io.godwit.engine.migration;

import io.godwit.protocol.qapi.MigrationStatus;

/**
 * One guest's migration numbers at one moment. The counts grow over all migrations of the guest; the others belong to the
 * present or last one, and durations are 0 until known.
 *
 * @param transferredBytes bytes given to channels
 * @param receivedBytes bytes taken from channels
 * @param normalPages pages sent with their content
 * @param zeroPages pages sent as zero
 * @param untouchedPages pages never touched by the guest, neither read nor sent
 * @param hintedPages pages not sent because the guest had said that it did not need them
 * @param passes passes over RAM begun
 * @param remainingBytes what the present migration has still to send, as far as is known
 * @param dirtyPagesPerSecond measured over the present pass so far, or while that is young over the one before
 * @param deltas what was sent with the capability xbzrle
 * @param postcopyRequests how often destinations of postcopy have asked for pages
 * @param postcopyPages pages sent after the guest was given away, asked for or not
 * @param postcopyRequestedPages those of them that were asked for
 * @param postcopyRequestsServed from a request until what it asked for was written to the channel
 * @param faults of the guest that arrived before its RAM
 */
public record MigrationStatistics(MigrationStatus status, long migrationsCompleted, long migrationsFailed,
        long migrationsCancelled, long transferredBytes, long receivedBytes, long normalPages, long zeroPages,
        long untouchedPages, long hintedPages, long receivedNormalPages, long receivedZeroPages, long passes,
        long remainingBytes,
        long dirtyPagesPerSecond, long expectedDowntimeNanos, long downtimeNanos, long totalTimeNanos,
        int throttlePercent, DeltaCounts deltas, long postcopyRequests, long postcopyPages,
        long postcopyRequestedPages, LatencyCounts postcopyRequestsServed, FaultCounts faults) {}
