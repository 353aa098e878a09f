package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.BuiltinType.BOOL;
import static io.godwit.protocol.qapi.BuiltinType.SIZE;
import static io.godwit.protocol.qapi.BuiltinType.STR_OR_NULL;
import static io.godwit.protocol.qapi.BuiltinType.UINT32;
import static io.godwit.protocol.qapi.BuiltinType.UINT64;
import static io.godwit.protocol.qapi.BuiltinType.UINT8;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The migration parameters in the order of QAPI {@code MigrateSetParameters}: type, default and range of each. */
public enum MigrationParameter implements QapiEnum {
    ANNOUNCE_INITIAL(SIZE, 50L, between(0, 100_000), "expects a value between 0 and 100000"),
    ANNOUNCE_MAX(SIZE, 550L, between(0, 100_000), "expects a value between 0 and 100000"),
    ANNOUNCE_ROUNDS(SIZE, 5L, between(0, 1000), "expects a value between 0 and 1000"),
    /** 0 is refused although QEMU's text allows it. */
    ANNOUNCE_STEP(SIZE, 100L, between(1, 10_000), "expects a value between 0 and 10000"),
    THROTTLE_TRIGGER_THRESHOLD(UINT8, 50L, between(1, 100), "expects an integer in the range of 1 to 100"),
    CPU_THROTTLE_INITIAL(UINT8, 20L, between(1, 99), "expects an integer in the range of 1 to 99"),
    CPU_THROTTLE_INCREMENT(UINT8, 10L, between(1, 99), "expects an integer in the range of 1 to 99"),
    CPU_THROTTLE_TAILSLOW(BOOL, false),
    TLS_CREDS(STR_OR_NULL, ""),
    TLS_HOSTNAME(STR_OR_NULL, ""),
    TLS_AUTHZ(STR_OR_NULL, ""),
    /** Bytes per second; 0 is unlimited. */
    MAX_BANDWIDTH(SIZE, 128L << 20),
    /** Bytes per second; 0 leaves it to the measured bandwidth. */
    AVAIL_SWITCHOVER_BANDWIDTH(SIZE, 0L),
    DOWNTIME_LIMIT(UINT64, 300L, between(0, 2_000_000), "expects an integer in the range of 0 to (2000 * 1000) ms"),
    X_CHECKPOINT_DELAY(UINT32, 20_000L),
    MULTIFD_CHANNELS(UINT8, 2L, between(1, 255), "expects a value between 1 and 255"),
    XBZRLE_CACHE_SIZE(SIZE, 64L << 20, MigrationParameter::isPageSizeOrPower,
            "expects a power of two no less than the target page size"),
    MAX_POSTCOPY_BANDWIDTH(SIZE, 0L),
    MAX_CPU_THROTTLE(UINT8, 99L, (value, all) -> value >= all.cpuThrottleInitial() && value <= 99,
            "expects an integer in the range of cpu_throttle_initial to 99"),
    MULTIFD_COMPRESSION(MultiFDCompression.TYPE, MultiFDCompression.NONE),
    MULTIFD_ZLIB_LEVEL(UINT8, 1L, between(0, 9), "expects a value between 0 and 9"),
    MULTIFD_QATZIP_LEVEL(UINT8, 1L, between(1, 9), "expects a value between 1 and 9"),
    MULTIFD_ZSTD_LEVEL(UINT8, 1L, between(0, 20), "expects a value between 0 and 20"),
    BLOCK_BITMAP_MAPPING(new ListType<>(BitmapMigrationNodeAlias.TYPE)),
    X_VCPU_DIRTY_LIMIT_PERIOD(UINT64, 1000L, between(1, 1000), "expects a value between 1 and 1000"),
    /** MB/s; 1 is allowed although QEMU's text does not say so. */
    VCPU_DIRTY_LIMIT(UINT64, 1L, (value, all) -> value != 0, "must be greater than 1 MB/s"),
    MODE(MigMode.TYPE, MigMode.NORMAL),
    ZERO_PAGE_DETECTION(ZeroPageDetection.TYPE, ZeroPageDetection.MULTIFD),
    DIRECT_IO(BOOL, false);

    /** Those with a range, in the order in which QEMU looks at them: of several wrong ones the first is told. */
    static final List<MigrationParameter> CHECK_ORDER = List.of(THROTTLE_TRIGGER_THRESHOLD, CPU_THROTTLE_INITIAL,
            CPU_THROTTLE_INCREMENT, DOWNTIME_LIMIT, MULTIFD_CHANNELS, MULTIFD_ZLIB_LEVEL, MULTIFD_QATZIP_LEVEL,
            MULTIFD_ZSTD_LEVEL, XBZRLE_CACHE_SIZE, MAX_CPU_THROTTLE, ANNOUNCE_INITIAL, ANNOUNCE_MAX, ANNOUNCE_ROUNDS,
            ANNOUNCE_STEP, X_VCPU_DIRTY_LIMIT_PERIOD, VCPU_DIRTY_LIMIT);

    /** Whether a value is in range, beside the others that it would be with. */
    @FunctionalInterface
    private interface Range {
        boolean allows(long value, MigrationParameters all);
    }

    private static final int SMALLEST_PAGE = 4096;

    @SuppressWarnings("ImmutableEnumChecker") // A record of immutable parts, whose type parameter hides that.
    private final Member<?> member;
    @SuppressWarnings("ImmutableEnumChecker") // A number, a flag, a text or an enum.
    private final @Nullable Object byDefault;
    @SuppressWarnings("ImmutableEnumChecker") // Lambdas without state.
    private final Range range;
    private final String expectation;

    <T> MigrationParameter(QapiType<T> type, T byDefault, Range range, String expectation) {
        this.member = member(type);
        this.byDefault = byDefault;
        this.range = range;
        this.expectation = expectation;
    }

    <T> MigrationParameter(QapiType<T> type, T byDefault) {
        this(type, byDefault, (value, all) -> true, "");
    }

    /** One that is unset until a client sets it. */
    MigrationParameter(QapiType<?> type) {
        this.member = member(type);
        this.byDefault = null;
        this.range = (value, all) -> true;
        this.expectation = "";
    }

    private Member<?> member(QapiType<?> type) {
        Member<?> described = Member.optional(qapiName(), type);
        return name().startsWith("X_") ? described.withFeature("unstable") : described;
    }

    /** How {@code migrate-set-parameters} takes it. */
    public Member<?> member() {
        return member;
    }

    Optional<Object> byDefault() {
        return Optional.ofNullable(byDefault);
    }

    boolean allows(long value, MigrationParameters all) {
        return range.allows(value, all);
    }

    /** QEMU's message for a value out of range, which spells most names with underscores. */
    String outOfRange() {
        String spelled = this == X_VCPU_DIRTY_LIMIT_PERIOD ? qapiName() : qapiName().replace('-', '_');
        return "Parameter '" + spelled + "' " + expectation;
    }

    /** Unsigned values above 2^63-1 are negative here, and in no range. */
    private static Range between(long least, long most) {
        return (value, all) -> value >= least && value <= most;
    }

    private static boolean isPageSizeOrPower(long value, MigrationParameters all) {
        return value >= SMALLEST_PAGE && Long.bitCount(value) == 1;
    }
}
