package io.godwit.protocol.qmp;

import java.math.BigInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The value of a number's text: exact over int64 and uint64, a double beyond. */
final class JsonNumbers {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** Digits and sign of the longest that can fit: 18446744073709551615, -9223372036854775808. */
    private static final int LONGEST_EXACT = 20;
    private static final int SURELY_LONG = 18;

    private JsonNumbers() {}

    static JsonNode integer(String text) {
        if (text.length() <= SURELY_LONG) {
            return NODES.numberNode(Long.parseLong(text));
        }
        if (text.length() > LONGEST_EXACT) {
            return decimal(text);
        }
        var value = new BigInteger(text);
        if (value.bitLength() < Long.SIZE) {
            return NODES.numberNode(value.longValueExact());
        }
        boolean unsigned = value.signum() > 0 && value.bitLength() == Long.SIZE;
        return unsigned ? NODES.numberNode(value) : decimal(text);
    }

    /** What is too large for a double becomes the largest there is, which JSON can say; QEMU makes it an infinity. */
    static JsonNode decimal(String text) {
        double value = Double.parseDouble(text);
        return NODES.numberNode(Math.clamp(value, -Double.MAX_VALUE, Double.MAX_VALUE));
    }
}
