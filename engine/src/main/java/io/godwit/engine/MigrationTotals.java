package io.godwit.engine;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.migration.FaultCounts;
import io.godwit.engine.migration.LatencyCounts;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationStatus;
import org.jspecify.annotations.Nullable;

/** What all earlier outgoing migrations of a guest have moved, and how all of them ended. */
final class MigrationTotals {
    private long completed;
    private long failed;
    private long cancelled;
    private long transferredBytes;
    private long normalPages;
    private long zeroPages;
    private long untouchedPages;
    private long hintedPages;
    private long passes;
    private DeltaCounts deltas = DeltaCounts.NONE;
    private long postcopyRequests;
    private long postcopyPages;
    private long postcopyRequestedPages;
    private LatencyCounts postcopyRequestsServed = LatencyCounts.NONE;
    private long receivedBytes;
    private long receivedNormalPages;
    private long receivedZeroPages;

    synchronized void count(MigrationStatus status) {
        switch (status) {
            case COMPLETED -> completed++;
            case FAILED -> failed++;
            case CANCELLED -> cancelled++;
            default -> {
            }
        }
    }

    /** An incoming migration is over and will be replaced by another. */
    synchronized void addReceived(TransferCounters over) {
        receivedBytes += over.transferredBytes();
        receivedNormalPages += over.normalPages();
        receivedZeroPages += over.zeroPages();
    }

    /** An outgoing migration is over and will be replaced by another. */
    synchronized void add(TransferCounters over) {
        transferredBytes += over.transferredBytes();
        normalPages += over.normalPages();
        zeroPages += over.zeroPages();
        untouchedPages += over.untouchedPages();
        hintedPages += over.hintedPages();
        passes += over.passes();
        deltas = deltas.plus(over.deltas());
        postcopyRequests += over.postcopyRequests();
        postcopyPages += over.postcopyPages();
        postcopyRequestedPages += over.postcopyRequestedPages();
        postcopyRequestsServed = postcopyRequestsServed.plus(over.postcopyRequestsServed());
    }

    synchronized MigrationStatistics with(MigrationStatus status, @Nullable IncomingMigration in,
            @Nullable OutgoingMigration out) {
        TransferCounters sent = out == null ? new TransferCounters() : out.counters();
        TransferCounters got = in == null ? new TransferCounters() : in.counters();
        return new MigrationStatistics(status, completed, failed, cancelled,
                transferredBytes + sent.transferredBytes(), receivedBytes + got.transferredBytes(),
                normalPages + sent.normalPages(),
                zeroPages + sent.zeroPages(), untouchedPages + sent.untouchedPages(),
                hintedPages + sent.hintedPages(),
                receivedNormalPages + got.normalPages(),
                receivedZeroPages + got.zeroPages(), passes + sent.passes(), sent.remainingPages() * RamBlock.PAGE_SIZE,
                sent.dirtyPagesPerSecond(), out == null ? 0 : out.clock().expectedDowntimeNanos(),
                out == null ? 0 : out.clock().downtimeNanos().orElse(0), out == null ? 0 : out.clock().totalNanos(),
                sent.throttlePercent(), deltas.plus(sent.deltas()), postcopyRequests + sent.postcopyRequests(),
                postcopyPages + sent.postcopyPages(), postcopyRequestedPages + sent.postcopyRequestedPages(),
                postcopyRequestsServed.plus(sent.postcopyRequestsServed()),
                in == null ? FaultCounts.NONE : in.faults().counts()); // a guest that can fault arrives once
    }
}
