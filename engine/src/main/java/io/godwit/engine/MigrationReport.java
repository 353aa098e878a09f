package io.godwit.engine;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.migration.MigrationClock;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.paging.Blocktime;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationInfo.MigrationStats;
import io.godwit.protocol.qapi.MigrationInfo.XbzrleCacheStats;
import io.godwit.protocol.qapi.MigrationStatus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What query-migrate answers: which members are there depends on the status, as in QEMU. */
final class MigrationReport {
    private static final long NANOS_PER_MILLISECOND = 1_000_000;
    private static final double BITS_PER_BYTE = 8;

    private MigrationReport() {}

    static MigrationInfo of(IncomingMigration incoming) {
        MigrationStatus status = incoming.state().status();
        return new MigrationInfo(Optional.of(status), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
                OptionalLong.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(), incoming.errorDesc(),
                incoming.addresses(), List.of(), incoming.blocktime().map(MigrationReport::blocktime));
    }

    static MigrationInfo of(OutgoingMigration outgoing, long ramBytes) {
        MigrationStatus status = outgoing.state().status();
        return switch (status) {
            case ACTIVE, PRE_SWITCHOVER, DEVICE, CANCELLING -> underWay(status, outgoing, ramBytes);
            case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER, COMPLETED ->
                givenAway(status, outgoing, ramBytes);
            default -> new MigrationInfo(Optional.of(status), OptionalLong.empty(), OptionalLong.empty(),
                    OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty(), Optional.empty(),
                    Optional.empty(), outgoing.state().errorDesc(), List.of(), List.of(), Optional.empty());
        };
    }

    private static MigrationInfo underWay(MigrationStatus status, OutgoingMigration outgoing, long ramBytes) {
        MigrationClock clock = outgoing.clock();
        int throttle = outgoing.counters().throttlePercent();
        return new MigrationInfo(Optional.of(status), milliseconds(clock.totalNanos()),
                milliseconds(clock.setupNanos()),
                milliseconds(clock.expectedDowntimeNanos()), OptionalLong.empty(),
                throttle == 0 ? OptionalInt.empty() : OptionalInt.of(throttle),
                Optional.of(ram(outgoing, ramBytes)), xbzrleCache(outgoing), Optional.empty(), List.of(), List.of(),
                Optional.empty());
    }

    private static MigrationInfo givenAway(MigrationStatus status, OutgoingMigration outgoing, long ramBytes) {
        MigrationClock clock = outgoing.clock();
        return new MigrationInfo(Optional.of(status), milliseconds(clock.totalNanos()),
                milliseconds(clock.setupNanos()), OptionalLong.empty(),
                milliseconds(clock.downtimeNanos().orElse(0)), OptionalInt.empty(),
                Optional.of(ram(outgoing, ramBytes)), xbzrleCache(outgoing), outgoing.state().errorDesc(), List.of(),
                List.of(), Optional.empty());
    }

    private static MigrationStats ram(OutgoingMigration outgoing, long ramBytes) {
        TransferCounters counters = outgoing.counters();
        double seconds = Math.max(1, outgoing.clock().totalNanos() - outgoing.clock().setupNanos()) / 1e9;
        boolean over = outgoing.state().status() == MigrationStatus.COMPLETED;
        double bytesPerSecond = over ? counters.transferredBytes() / seconds : counters.bytesPerSecond();
        long pagesPerSecond = over ? (long) (counters.normalPages() / seconds) : counters.pagesPerSecond();
        return new MigrationStats(counters.transferredBytes(), counters.remainingPages() * RamBlock.PAGE_SIZE, ramBytes,
                counters.zeroPages(), counters.normalPages(), counters.normalPages() * RamBlock.PAGE_SIZE,
                counters.dirtyPagesPerSecond(), bytesPerSecond * BITS_PER_BYTE / 1e6, counters.passes(),
                counters.postcopyRequests(),
                RamBlock.PAGE_SIZE, 0, pagesPerSecond, counters.precopyBytes(), counters.downtimeBytes(),
                counters.postcopyBytes(), 0, counters.untouchedPages(), counters.hintedPages());
    }

    /** The size is the parameter's, as in QEMU; the cache may be smaller. */
    private static Optional<XbzrleCacheStats> xbzrleCache(OutgoingMigration outgoing) {
        MigrationOptions options = outgoing.options();
        if (!options.capabilities().has(MigrationCapability.XBZRLE)) {
            return Optional.empty();
        }
        DeltaCounts deltas = outgoing.counters().deltas();
        return Optional.of(new XbzrleCacheStats(options.parameters().get().xbzrleCacheSize(), deltas.bytes(),
                deltas.pages(), deltas.misses(), deltas.missRate(), deltas.encodingRate(), deltas.overflows()));
    }

    private static MigrationInfo.Blocktime blocktime(Blocktime measured) {
        return new MigrationInfo.Blocktime(measured.allNanos() / NANOS_PER_MILLISECOND,
                measured.vcpuNanos().stream().map(nanos -> nanos / NANOS_PER_MILLISECOND).toList());
    }

    private static OptionalLong milliseconds(long nanos) {
        return OptionalLong.of(nanos / NANOS_PER_MILLISECOND);
    }
}
