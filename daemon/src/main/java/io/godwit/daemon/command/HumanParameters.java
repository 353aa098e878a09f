package io.godwit.daemon.command;

import static io.godwit.protocol.qapi.MigrationParameter.ANNOUNCE_INITIAL;
import static io.godwit.protocol.qapi.MigrationParameter.ANNOUNCE_MAX;
import static io.godwit.protocol.qapi.MigrationParameter.ANNOUNCE_ROUNDS;
import static io.godwit.protocol.qapi.MigrationParameter.ANNOUNCE_STEP;
import static io.godwit.protocol.qapi.MigrationParameter.AVAIL_SWITCHOVER_BANDWIDTH;
import static io.godwit.protocol.qapi.MigrationParameter.CPU_THROTTLE_INCREMENT;
import static io.godwit.protocol.qapi.MigrationParameter.CPU_THROTTLE_INITIAL;
import static io.godwit.protocol.qapi.MigrationParameter.CPU_THROTTLE_TAILSLOW;
import static io.godwit.protocol.qapi.MigrationParameter.DIRECT_IO;
import static io.godwit.protocol.qapi.MigrationParameter.DOWNTIME_LIMIT;
import static io.godwit.protocol.qapi.MigrationParameter.MAX_BANDWIDTH;
import static io.godwit.protocol.qapi.MigrationParameter.MAX_CPU_THROTTLE;
import static io.godwit.protocol.qapi.MigrationParameter.MAX_POSTCOPY_BANDWIDTH;
import static io.godwit.protocol.qapi.MigrationParameter.MODE;
import static io.godwit.protocol.qapi.MigrationParameter.MULTIFD_CHANNELS;
import static io.godwit.protocol.qapi.MigrationParameter.MULTIFD_COMPRESSION;
import static io.godwit.protocol.qapi.MigrationParameter.THROTTLE_TRIGGER_THRESHOLD;
import static io.godwit.protocol.qapi.MigrationParameter.TLS_AUTHZ;
import static io.godwit.protocol.qapi.MigrationParameter.TLS_CREDS;
import static io.godwit.protocol.qapi.MigrationParameter.TLS_HOSTNAME;
import static io.godwit.protocol.qapi.MigrationParameter.VCPU_DIRTY_LIMIT;
import static io.godwit.protocol.qapi.MigrationParameter.XBZRLE_CACHE_SIZE;
import static io.godwit.protocol.qapi.MigrationParameter.X_CHECKPOINT_DELAY;
import static io.godwit.protocol.qapi.MigrationParameter.X_VCPU_DIRTY_LIMIT_PERIOD;
import static io.godwit.protocol.qapi.MigrationParameter.ZERO_PAGE_DETECTION;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.MigrationParameter;
import io.godwit.protocol.qapi.QapiType;
import io.godwit.protocol.qmp.QmpException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Migration parameters as people write and read them: sizes with suffixes, on and off, units behind. */
final class HumanParameters {
    /** In the order in which QEMU shows them. */
    private static final List<MigrationParameter> SHOWN = List.of(ANNOUNCE_INITIAL, ANNOUNCE_MAX, ANNOUNCE_ROUNDS,
            ANNOUNCE_STEP, THROTTLE_TRIGGER_THRESHOLD, CPU_THROTTLE_INITIAL, CPU_THROTTLE_INCREMENT,
            CPU_THROTTLE_TAILSLOW, MAX_CPU_THROTTLE, TLS_CREDS, TLS_HOSTNAME, MAX_BANDWIDTH,
            AVAIL_SWITCHOVER_BANDWIDTH, DOWNTIME_LIMIT, X_CHECKPOINT_DELAY, MULTIFD_CHANNELS, MULTIFD_COMPRESSION,
            ZERO_PAGE_DETECTION, XBZRLE_CACHE_SIZE, MAX_POSTCOPY_BANDWIDTH, TLS_AUTHZ, X_VCPU_DIRTY_LIMIT_PERIOD,
            VCPU_DIRTY_LIMIT, MODE, DIRECT_IO);

    private static final String SUFFIXES = "bkmgtpe";
    private static final int MIB = 2;

    private HumanParameters() {}

    /** What {@code info migrate_parameters} prints of what {@code query-migrate-parameters} returns. */
    static String report(JsonNode parameters) {
        var text = new StringBuilder();
        for (MigrationParameter parameter : SHOWN) {
            text.append(parameter.qapiName()).append(": ")
                    .append(value(parameter, parameters.path(parameter.qapiName()))).append(unit(parameter))
                    .append('\n');
        }
        return text.toString();
    }

    private static String value(MigrationParameter parameter, JsonNode value) {
        if (parameter.member().type() == BuiltinType.STR_OR_NULL) {
            return "'" + value.asString() + "'";
        }
        return value.isBoolean() ? value.booleanValue() ? "on" : "off" : value.asString();
    }

    private static String unit(MigrationParameter parameter) {
        return switch (parameter) {
            case ANNOUNCE_INITIAL, ANNOUNCE_MAX, ANNOUNCE_STEP, DOWNTIME_LIMIT, X_CHECKPOINT_DELAY,
                    X_VCPU_DIRTY_LIMIT_PERIOD ->
                " ms";
            case MAX_BANDWIDTH, AVAIL_SWITCHOVER_BANDWIDTH -> " bytes/second";
            case XBZRLE_CACHE_SIZE -> " bytes";
            case VCPU_DIRTY_LIMIT -> " MB/s";
            default -> "";
        };
    }

    /** The arguments of {@code migrate-set-parameters} for one parameter. */
    static ObjectNode parse(String name, String text) throws QmpException {
        MigrationParameter parameter = Stream.of(MigrationParameter.values())
                .filter(one -> one.qapiName().equals(name)).findFirst()
                .orElseThrow(() -> new QmpException("invalid parameter value: " + name));
        QapiType<?> type = parameter.member().type();
        ObjectNode arguments = Json.object();
        if (parameter == MigrationParameter.BLOCK_BITMAP_MAPPING) {
            throw new QmpException("The block-bitmap-mapping parameter can only be set through QMP");
        }
        if (type == BuiltinType.BOOL) {
            return arguments.put(name, flag(name, text));
        }
        if (parameter == MAX_BANDWIDTH || parameter == AVAIL_SWITCHOVER_BANDWIDTH) {
            return arguments.put(name, size(text, MIB).orElseThrow(() -> new QmpException("Invalid size " + text)));
        }
        if (type == BuiltinType.UINT64) {
            return arguments.put(name, plainSize(name, text));
        }
        if (type == BuiltinType.UINT8 || type == BuiltinType.UINT32) {
            return arguments.put(name, whole(name, text));
        }
        return arguments.put(name, text);
    }

    private static boolean flag(String name, String text) throws QmpException {
        return switch (text) {
            case "on", "yes", "true", "y" -> true;
            case "off", "no", "false", "n" -> false;
            default -> throw new QmpException("Parameter '" + name + "' expects 'on' or 'off'");
        };
    }

    private static BigInteger whole(String name, String text) throws QmpException {
        if (!text.matches("[0-9]{1,20}")) {
            throw new QmpException("Parameter '" + name + "' expects uint64");
        }
        return new BigInteger(text);
    }

    private static BigInteger plainSize(String name, String text) throws QmpException {
        if (text.matches("-[0-9]+")) {
            throw new QmpException("Value '" + text + "' is out of range for parameter '" + name + "'");
        }
        return size(text, 0).orElseThrow(() -> new QmpException("Parameter '" + name
                + "' expects a non-negative number below 2^64\n"
                + "Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively."));
    }

    /**
     * A number with a suffix, in bytes; empty when it is none, or too large.
     *
     * @param usual the power of 1024 that is meant without a suffix
     */
    private static Optional<BigInteger> size(String text, int usual) {
        String lower = text.toLowerCase(Locale.ROOT);
        BigDecimal number;
        int power = usual;
        if (lower.matches("0x[0-9a-f]{1,16}")) {
            number = new BigDecimal(new BigInteger(lower.substring(2), 16));
        } else if (lower.matches("\\+?([0-9]{1,40}(\\.[0-9]{0,40})?|\\.[0-9]{1,40})[bkmgtpe]?")) {
            int suffix = SUFFIXES.indexOf(lower.charAt(lower.length() - 1));
            power = suffix < 0 ? usual : suffix;
            number = new BigDecimal(suffix < 0 ? lower : lower.substring(0, lower.length() - 1));
        } else {
            return Optional.empty();
        }
        if (power == 0 && number.stripTrailingZeros().scale() > 0) {
            return Optional.empty(); // a part of a byte
        }
        var bytes = number.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(10 * power)))
                .setScale(0, RoundingMode.HALF_UP).toBigInteger();
        return bytes.bitLength() <= Long.SIZE ? Optional.of(bytes) : Optional.empty();
    }
}
