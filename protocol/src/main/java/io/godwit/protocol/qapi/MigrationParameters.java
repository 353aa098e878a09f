package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.math.BigInteger;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** All migration parameters with their values; immutable, and every value in its range. */
public final class MigrationParameters {

    /** As a server starts with. */
    public static final MigrationParameters DEFAULTS = new MigrationParameters(defaults());

    private static final long LONGEST_DOWNTIME_MILLIS = 2_000_000;

    private final Map<MigrationParameter, Object> values;

    private MigrationParameters(EnumMap<MigrationParameter, Object> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    private static EnumMap<MigrationParameter, Object> defaults() {
        var values = new EnumMap<MigrationParameter, Object>(MigrationParameter.class);
        for (MigrationParameter parameter : MigrationParameter.values()) {
            parameter.byDefault().ifPresent(value -> values.put(parameter, value));
        }
        return values;
    }

    /**
     * A copy with these changed.
     *
     * @throws QmpException naming the first that would be out of its range; then nothing is changed
     */
    public MigrationParameters with(MigrateSetParametersArguments arguments) throws QmpException {
        var changed = new EnumMap<MigrationParameter, Object>(MigrationParameter.class);
        changed.putAll(values);
        changed.putAll(arguments.changes());
        var result = new MigrationParameters(changed);
        for (MigrationParameter parameter : MigrationParameter.CHECK_ORDER) {
            if (!parameter.allows(result.number(parameter), result)) {
                throw new QmpException(parameter.outOfRange());
            }
        }
        BlockBitmapMapping.check(result.blockBitmapMapping());
        return result;
    }

    /** A copy without a limit to the bandwidth of precopy. */
    public MigrationParameters unlimited() {
        return with(MigrationParameter.MAX_BANDWIDTH, 0);
    }

    /** A copy with the longest downtime that may be allowed, 2000 s. */
    public MigrationParameters anyDowntime() {
        return with(MigrationParameter.DOWNTIME_LIMIT, LONGEST_DOWNTIME_MILLIS);
    }

    /** A copy whose downtime-limit is no more than {@code millis}. */
    public MigrationParameters downtimeAtMost(long millis) {
        return millis >= downtimeLimitMillis() ? this : with(MigrationParameter.DOWNTIME_LIMIT, millis);
    }

    private MigrationParameters with(MigrationParameter parameter, long value) {
        var changed = new EnumMap<MigrationParameter, Object>(values);
        changed.put(parameter, value);
        return new MigrationParameters(changed);
    }

    /** Bytes per second for precopy; 0 is unlimited. */
    public long maxBandwidth() {
        return saturated(MigrationParameter.MAX_BANDWIDTH);
    }

    /** Bytes per second to reckon the downtime with; 0 is what was measured. */
    public long availSwitchoverBandwidth() {
        return saturated(MigrationParameter.AVAIL_SWITCHOVER_BANDWIDTH);
    }

    /** Bytes per second for pages nobody asked for in postcopy; 0 is unlimited. */
    public long maxPostcopyBandwidth() {
        return saturated(MigrationParameter.MAX_POSTCOPY_BANDWIDTH);
    }

    /** At most 2000000. */
    public long downtimeLimitMillis() {
        return number(MigrationParameter.DOWNTIME_LIMIT);
    }

    /** Percent of time that vCPUs are held at first, 1 to 99. */
    public int cpuThrottleInitial() {
        return small(MigrationParameter.CPU_THROTTLE_INITIAL);
    }

    /** Percentage points more when that was not enough, 1 to 99. */
    public int cpuThrottleIncrement() {
        return small(MigrationParameter.CPU_THROTTLE_INCREMENT);
    }

    /** Whether the increment becomes smaller as the throttle nears what would be enough. */
    public boolean cpuThrottleTailslow() {
        return flag(MigrationParameter.CPU_THROTTLE_TAILSLOW);
    }

    /** Percent, from {@link #cpuThrottleInitial} to 99. */
    public int maxCpuThrottle() {
        return small(MigrationParameter.MAX_CPU_THROTTLE);
    }

    /** Percent of what was sent in a pass that may be dirtied meanwhile before vCPUs are throttled, 1 to 100. */
    public int throttleTriggerThreshold() {
        return small(MigrationParameter.THROTTLE_TRIGGER_THRESHOLD);
    }

    /** The id of a credentials object, or nothing for no TLS. */
    public String tlsCreds() {
        return text(MigrationParameter.TLS_CREDS);
    }

    /** The name in the peer's certificate when it is not the address; may be empty. */
    public String tlsHostname() {
        return text(MigrationParameter.TLS_HOSTNAME);
    }

    /** The id of an object that judges clients' certificates; may be empty. */
    public String tlsAuthz() {
        return text(MigrationParameter.TLS_AUTHZ);
    }

    /** {@code normal}, {@code cpr-reboot} or {@code cpr-transfer}. */
    public String mode() {
        return word(MigrationParameter.MODE);
    }

    public boolean directIo() {
        return flag(MigrationParameter.DIRECT_IO);
    }

    /** 1 to 255. */
    public int multifdChannels() {
        return small(MigrationParameter.MULTIFD_CHANNELS);
    }

    /** {@code none}, {@code zlib} or {@code zstd}. */
    public String multifdCompression() {
        return word(MigrationParameter.MULTIFD_COMPRESSION);
    }

    /** 0 to 9. */
    public int multifdZlibLevel() {
        return small(MigrationParameter.MULTIFD_ZLIB_LEVEL);
    }

    /** 0 to 20. */
    public int multifdZstdLevel() {
        return small(MigrationParameter.MULTIFD_ZSTD_LEVEL);
    }

    /** {@code none}, {@code legacy} or {@code multifd}. */
    public String zeroPageDetection() {
        return word(MigrationParameter.ZERO_PAGE_DETECTION);
    }

    /** Bytes, a power of two. */
    public long xbzrleCacheSize() {
        return number(MigrationParameter.XBZRLE_CACHE_SIZE);
    }

    /** Empty while unset. */
    public List<BitmapMigrationNodeAlias> blockBitmapMapping() {
        Object value = values.get(MigrationParameter.BLOCK_BITMAP_MAPPING);
        return value instanceof List<?> list
                ? list.stream().map(BitmapMigrationNodeAlias.class::cast).toList()
                : List.of();
    }

    /** What {@code query-migrate-parameters} answers. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        values.forEach((parameter, value) -> put(json, parameter.qapiName(), value));
        return json;
    }

    private void put(ObjectNode json, String name, Object value) {
        switch (value) {
            case Long number when number < 0 -> json.put(name, new BigInteger(Long.toUnsignedString(number)));
            case Long number -> json.put(name, number);
            case Boolean flag -> json.put(name, flag);
            case String text -> json.put(name, text);
            case QapiEnum word -> json.put(name, word.qapiName());
            case List<?> mapping -> {
                ArrayNode list = json.putArray(name);
                blockBitmapMapping().forEach(node -> list.add(node.toJson()));
            }
            default -> throw new IllegalStateException(name + " is a " + value.getClass());
        }
    }

    private Object value(MigrationParameter parameter) {
        Object value = values.get(parameter);
        if (value == null) {
            throw new IllegalStateException(parameter + " is not set");
        }
        return value;
    }

    private long number(MigrationParameter parameter) {
        return (Long) value(parameter);
    }

    /** Of an unsigned value, at most 2^63-1: nothing is as fast. */
    private long saturated(MigrationParameter parameter) {
        long value = number(parameter);
        return value < 0 ? Long.MAX_VALUE : value;
    }

    private int small(MigrationParameter parameter) {
        return Math.toIntExact(number(parameter));
    }

    private boolean flag(MigrationParameter parameter) {
        return (Boolean) value(parameter);
    }

    private String text(MigrationParameter parameter) {
        return (String) value(parameter);
    }

    private String word(MigrationParameter parameter) {
        return ((QapiEnum) value(parameter)).qapiName();
    }
}
