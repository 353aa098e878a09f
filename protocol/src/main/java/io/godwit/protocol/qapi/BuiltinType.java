package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.math.BigInteger;
import tools.jackson.databind.JsonNode;

/**
 * The types that QAPI does not build from others. All integers are {@code int} to clients; their width is in the
 * messages only. Unsigned ones of 64 bits come as a {@code long} whose bits are to be read unsigned.
 */
public final class BuiltinType<T> implements QapiType<T> {

    /** Reads a value or says what is wrong with it. */
    @FunctionalInterface
    private interface Reader<T> {
        T read(JsonNode value, QapiPath path) throws QmpException;
    }

    public static final BuiltinType<String> STR = new BuiltinType<>("str", (value, path) -> {
        if (!value.isString()) {
            throw path.wrongType("string");
        }
        return value.stringValue();
    });

    public static final BuiltinType<Boolean> BOOL = new BuiltinType<>("bool", (value, path) -> {
        if (!value.isBoolean()) {
            throw path.wrongType("boolean");
        }
        return value.booleanValue();
    });

    /** Signed, 64 bits. */
    public static final BuiltinType<Long> INT = new BuiltinType<>("int", (value, path) -> {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw path.wrongType("integer");
        }
        return value.longValue();
    });

    public static final BuiltinType<Long> UINT8 = unsigned(Byte.SIZE);
    public static final BuiltinType<Long> UINT16 = unsigned(Short.SIZE);
    public static final BuiltinType<Long> UINT32 = unsigned(Integer.SIZE);
    public static final BuiltinType<Long> UINT64 = unsigned(Long.SIZE);

    /** Bytes; to clients the same as {@link #UINT64}. */
    public static final BuiltinType<Long> SIZE = UINT64;

    /** A string or null, which say the same when the string is empty: the value is {@code ""} for both. */
    public static final BuiltinType<String> STR_OR_NULL = new BuiltinType<>("StrOrNull", (value, path) -> {
        if (!value.isString() && !value.isNull()) {
            throw path.wrongType("StrOrNull");
        }
        return value.isNull() ? "" : value.stringValue();
    });

    /** Any value: whoever it is passed on to knows what it may be. */
    public static final BuiltinType<JsonNode> ANY = new BuiltinType<>("any", (value, path) -> value);

    private final String name;
    private final Reader<T> reader;

    private BuiltinType(String name, Reader<T> reader) {
        this.name = name;
        this.reader = reader;
    }

    /** Unlike QEMU this refuses negative numbers at all widths, where QEMU makes 2^64-1 of -1. */
    private static BuiltinType<Long> unsigned(int bits) {
        return new BuiltinType<>("int", (value, path) -> {
            boolean int64OrUint64 = value.isIntegralNumber() && value.bigIntegerValue().bitLength() <= Long.SIZE;
            if (!int64OrUint64) {
                throw path.expects("uint64");
            }
            BigInteger number = value.bigIntegerValue();
            if (number.signum() < 0 || number.bitLength() > bits) {
                throw bits == Long.SIZE ? path.expects("uint64") : path.tooWide("uint" + bits + "_t");
            }
            return number.longValue();
        });
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public T parse(JsonNode value, QapiPath path) throws QmpException {
        return reader.read(value, path);
    }
}
