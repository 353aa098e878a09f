package io.godwit.protocol.qmp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Prints JSON as QEMU does: ASCII only, a space after colon and comma, integers exact; doubles shorter than QEMU's. */
final class JsonOutput {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    /** Below it a double without a fraction is printed without point and exponent, like QEMU's 17 significant digits. */
    private static final double PLAIN_INTEGERS = 1e17;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    /** Recursion is as deep as the value, which a client can make 1024 levels deep and no deeper. */
    void value(JsonNode node) {
        switch (node.getNodeType()) {
            case OBJECT -> object(node);
            case ARRAY -> array(node);
            case STRING -> string(node.stringValue());
            case NUMBER -> number(node);
            case BOOLEAN, NULL -> ascii(node.toString());
            case BINARY, MISSING, POJO ->
                throw new IllegalArgumentException("not a JSON value: " + node.getNodeType());
        }
    }

    /** All of it, with CR LF. */
    byte[] line() {
        ascii("\r\n");
        return out.toByteArray();
    }

    private void object(JsonNode node) {
        String before = "{";
        for (Map.Entry<String, JsonNode> member : MemberOrder.of(node)) {
            ascii(before);
            string(member.getKey());
            ascii(": ");
            value(member.getValue());
            before = ", ";
        }
        ascii(node.isEmpty() ? "{}" : "}");
    }

    private void array(JsonNode node) {
        String before = "[";
        for (JsonNode element : node) {
            ascii(before);
            value(element);
            before = ", ";
        }
        ascii(node.isEmpty() ? "[]" : "]");
    }

    private void number(JsonNode node) {
        if (node.isIntegralNumber()) {
            ascii(node.toString());
            return;
        }
        double value = node.doubleValue();
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON cannot say " + value);
        }
        boolean plain = value == Math.rint(value) && Math.abs(value) < PLAIN_INTEGERS && !isNegativeZero(value);
        ascii(plain ? Long.toString((long) value) : Double.toString(value));
    }

    private static boolean isNegativeZero(double value) {
        return Double.compare(value, -0.0) == 0;
    }

    private void string(String value) {
        out.write('"');
        for (int i = 0; i < value.length(); i++) {
            character(value.charAt(i));
        }
        out.write('"');
    }

    private void character(char c) {
        switch (c) {
            case '"', '\\' -> {
                out.write('\\');
                out.write(c);
            }
            case '\b' -> ascii("\\b");
            case '\f' -> ascii("\\f");
            case '\n' -> ascii("\\n");
            case '\r' -> ascii("\\r");
            case '\t' -> ascii("\\t");
            default -> {
                if (c >= 0x20 && c < 0x7f) {
                    out.write(c);
                } else {
                    ascii("\\u");
                    ascii(HEX.toHexDigits(c));
                }
            }
        }
    }

    private void ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
