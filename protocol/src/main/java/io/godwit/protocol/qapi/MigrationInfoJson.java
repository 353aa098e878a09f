package io.godwit.protocol.qapi;

import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.MigrationInfo.MigrationStats;
import io.godwit.protocol.qapi.MigrationInfo.XbzrleCacheStats;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Prints a {@link MigrationInfo}. Clients tell phases apart by which members are there, so each status has its own. */
final class MigrationInfoJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private enum Part {
        TIMES,
        EXPECTED_DOWNTIME,
        DOWNTIME,
        RAM,
        ERROR,
        BLOCKTIME,
        SOCKET_ADDRESS
    }

    private final MigrationInfo info;
    private final ObjectNode json = NODES.objectNode();

    private MigrationInfoJson(MigrationInfo info) {
        this.info = info;
    }

    static ObjectNode of(MigrationInfo info) {
        var printed = new MigrationInfoJson(info);
        info.status().ifPresent(printed::status);
        info.contract().ifPresent(contract -> printed.json.set("x-godwit-contract", contract.toJson()));
        if (!info.blockedReasons().isEmpty()) {
            ArrayNode reasons = printed.json.putArray("blocked-reasons");
            info.blockedReasons().forEach(reasons::add);
        }
        return printed.json;
    }

    private static Set<Part> parts(MigrationStatus status) {
        return switch (status) {
            case NONE -> EnumSet.noneOf(Part.class);
            case SETUP -> EnumSet.of(Part.SOCKET_ADDRESS);
            case ACTIVE, PRE_SWITCHOVER, DEVICE, CANCELLING, WAIT_UNPLUG, COLO ->
                EnumSet.of(Part.TIMES, Part.EXPECTED_DOWNTIME, Part.RAM);
            case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER ->
                EnumSet.of(Part.TIMES, Part.DOWNTIME, Part.RAM, Part.ERROR, Part.SOCKET_ADDRESS);
            case COMPLETED -> EnumSet.of(Part.TIMES, Part.DOWNTIME, Part.RAM, Part.BLOCKTIME);
            case FAILED, CANCELLED -> EnumSet.of(Part.ERROR);
        };
    }

    private void status(MigrationStatus status) {
        if (status == MigrationStatus.NONE) {
            return;
        }
        json.put("status", status.qapiName());
        for (Part part : parts(status)) {
            switch (part) {
                case TIMES -> {
                    info.totalTime().ifPresent(millis -> json.put("total-time", millis));
                    info.setupTime().ifPresent(millis -> json.put("setup-time", millis));
                }
                case EXPECTED_DOWNTIME -> {
                    info.expectedDowntime().ifPresent(millis -> json.put("expected-downtime", millis));
                    info.cpuThrottlePercentage().ifPresent(percent -> json.put("cpu-throttle-percentage", percent));
                }
                case DOWNTIME -> info.downtime().ifPresent(millis -> json.put("downtime", millis));
                case RAM -> {
                    info.ram().ifPresent(ram -> json.set("ram", ram(ram)));
                    info.xbzrleCache().ifPresent(cache -> json.set("xbzrle-cache", xbzrleCache(cache)));
                }
                case ERROR -> info.errorDesc().ifPresent(text -> json.put("error-desc", text));
                case BLOCKTIME -> info.postcopyBlocktime().ifPresent(this::blocktime);
                case SOCKET_ADDRESS -> socketAddress(info.socketAddress());
            }
        }
    }

    private void blocktime(MigrationInfo.Blocktime blocktime) {
        json.put("postcopy-blocktime", blocktime.all());
        ArrayNode vcpus = json.putArray("postcopy-vcpu-blocktime");
        blocktime.vcpus().forEach(vcpus::add);
    }

    private static ObjectNode ram(MigrationStats ram) {
        return NODES.objectNode().put("transferred", ram.transferred()).put("remaining", ram.remaining())
                .put("total", ram.total()).put("duplicate", ram.duplicate()).put("normal", ram.normal())
                .put("normal-bytes", ram.normalBytes()).put("dirty-pages-rate", ram.dirtyPagesRate())
                .put("mbps", Double.isFinite(ram.mbps()) ? ram.mbps() : 0).put("dirty-sync-count", ram.dirtySyncCount())
                .put("postcopy-requests", ram.postcopyRequests()).put("page-size", ram.pageSize())
                .put("multifd-bytes", ram.multifdBytes()).put("pages-per-second", ram.pagesPerSecond())
                .put("precopy-bytes", ram.precopyBytes()).put("downtime-bytes", ram.downtimeBytes())
                .put("postcopy-bytes", ram.postcopyBytes())
                .put("dirty-sync-missed-zero-copy", ram.dirtySyncMissedZeroCopy())
                .put("x-godwit-untouched-pages", ram.untouchedPages()).put("x-godwit-free-pages", ram.freePages());
    }

    private static ObjectNode xbzrleCache(XbzrleCacheStats cache) {
        return NODES.objectNode().put("cache-size", cache.cacheSize()).put("bytes", cache.bytes())
                .put("pages", cache.pages()).put("cache-miss", cache.cacheMiss())
                .put("cache-miss-rate", cache.cacheMissRate()).put("encoding-rate", cache.encodingRate())
                .put("overflow", cache.overflow());
    }

    private void socketAddress(List<ListeningAddress> addresses) {
        if (addresses.isEmpty()) {
            return;
        }
        ArrayNode list = json.putArray("socket-address");
        for (ListeningAddress address : addresses) {
            list.add(switch (address) {
                case ListeningAddress.Unix unix -> NODES.objectNode().put("type", "unix").put("path", unix.path());
                case ListeningAddress.Inet inet ->
                    NODES.objectNode().put("type", "inet").put("host", inet.host())
                            .put("port", Integer.toString(inet.port()))
                            .put(inet.host().indexOf(':') < 0 ? "ipv4" : "ipv6", true);
            });
        }
    }
}
