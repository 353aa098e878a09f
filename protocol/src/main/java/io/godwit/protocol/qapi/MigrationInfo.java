package io.godwit.protocol.qapi;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * QAPI {@code MigrationInfo}: what {@code query-migrate} answers. An absent status is a guest that never migrated; which
 * other members are there depends on the status. Times are milliseconds. The contract is our own, and there whatever the
 * status.
 */
public record MigrationInfo(Optional<MigrationStatus> status, OptionalLong totalTime, OptionalLong setupTime,
        OptionalLong expectedDowntime, OptionalLong downtime, OptionalInt cpuThrottlePercentage,
        Optional<MigrationStats> ram, Optional<XbzrleCacheStats> xbzrleCache, Optional<String> errorDesc,
        List<ListeningAddress> socketAddress, List<String> blockedReasons, Optional<Blocktime> postcopyBlocktime,
        Optional<ContractInfo> contract) {

    /** A guest that never migrated. */
    public static final MigrationInfo NONE = of(MigrationStatus.NONE);

    /** Without a contract. */
    public MigrationInfo(Optional<MigrationStatus> status, OptionalLong totalTime, OptionalLong setupTime,
            OptionalLong expectedDowntime, OptionalLong downtime, OptionalInt cpuThrottlePercentage,
            Optional<MigrationStats> ram, Optional<XbzrleCacheStats> xbzrleCache, Optional<String> errorDesc,
            List<ListeningAddress> socketAddress, List<String> blockedReasons,
            Optional<Blocktime> postcopyBlocktime) {
        this(status, totalTime, setupTime, expectedDowntime, downtime, cpuThrottlePercentage, ram, xbzrleCache,
                errorDesc,
                socketAddress, blockedReasons, postcopyBlocktime, Optional.empty());
    }

    public MigrationInfo {
        socketAddress = List.copyOf(socketAddress);
        blockedReasons = List.copyOf(blockedReasons);
    }

    /** Nothing but a status; {@link MigrationStatus#NONE} is left out, as QEMU does. */
    public static MigrationInfo of(MigrationStatus status) {
        return new MigrationInfo(status == MigrationStatus.NONE ? Optional.empty() : Optional.of(status),
                OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
                OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(),
                Optional.empty(), Optional.empty());
    }

    /** The same with a contract. */
    public MigrationInfo with(ContractInfo added) {
        return new MigrationInfo(status, totalTime, setupTime, expectedDowntime, downtime, cpuThrottlePercentage, ram,
                xbzrleCache, errorDesc, socketAddress, blockedReasons, postcopyBlocktime, Optional.of(added));
    }

    /** What {@code query-migrate} answers: the members that are there, less those that do not belong to the status. */
    public ObjectNode toJson() {
        return MigrationInfoJson.of(this);
    }

    /**
     * Members {@code postcopy-blocktime}, for how long all vCPUs waited for pages at once, and {@code postcopy-vcpu-blocktime}, how
     * long each of them did. Milliseconds.
     */
    public record Blocktime(long all, List<Long> vcpus) {
        public Blocktime {
            vcpus = List.copyOf(vcpus);
        }
    }

    /** Where a destination listens: QAPI {@code SocketAddress}, its two shapes that occur here. */
    public sealed interface ListeningAddress {
        /** {@code {"type":"unix","path":...}}. */
        record Unix(String path) implements ListeningAddress {}

        /** {@code {"type":"inet","host":...,"port":...,"ipv4":true}}; the port is the real one when 0 was asked for. */
        record Inet(String host, int port) implements ListeningAddress {}
    }

    /**
     * QAPI {@code MigrationStats}. Sizes are bytes unless named pages; {@code transferred} is exactly what was given to
     * the channel. The last two are our own: pages that were not sent because they were never touched, and because the guest had
     * said that it did not need them.
     */
    public record MigrationStats(long transferred, long remaining, long total, long duplicate, long normal,
            long normalBytes, long dirtyPagesRate, double mbps, long dirtySyncCount, long postcopyRequests,
            long pageSize, long multifdBytes, long pagesPerSecond, long precopyBytes, long downtimeBytes,
            long postcopyBytes, long dirtySyncMissedZeroCopy, long untouchedPages, long freePages) {}

    /**
     * QAPI {@code XBZRLECacheStats}: what sending changes instead of pages has come to. Sizes are bytes, the other counts
     * pages; {@code pages} were found in the cache, {@code overflow} of them changed too much.
     *
     * @param cacheMissRate part of the last pass's pages that were not found, 0 to 1
     * @param encodingRate how many times the last pass's deltas were shorter than their pages, 0 without deltas
     */
    public record XbzrleCacheStats(long cacheSize, long bytes, long pages, long cacheMiss, double cacheMissRate,
            double encodingRate, long overflow) {}
}
