package io.godwit.protocol.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

class QmpWriterTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.ISO_8859_1);
    }

    private static String printed(JsonNode value) {
        String line = text(QmpWriter.success(value, Optional.empty()));
        assertThat(line).startsWith("{\"return\": ").endsWith("}\r\n");
        return line.substring(11, line.length() - 3);
    }

    @Test
    void greetsWithVersionAndOob() {
        assertThat(text(QmpWriter.greeting(QmpVersion.GODWIT))).isEqualTo("{\"QMP\": {\"version\": "
                + "{\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, \"package\": \"godwit-0.1.0\"}, "
                + "\"capabilities\": [\"oob\"]}}\r\n");
    }

    @Test
    void answersWithTheIdOnlyWhenThereWasOne() {
        assertThat(text(QmpWriter.success(NODES.objectNode(), Optional.empty()))).isEqualTo("{\"return\": {}}\r\n");
        assertThat(text(QmpWriter.success(NODES.objectNode(), Optional.of(NODES.nullNode()))))
                .isEqualTo("{\"return\": {}, \"id\": null}\r\n");
    }

    @Test
    void tellsClassAndTextOfAnError() {
        assertThat(text(QmpWriter.error(QmpError.commandNotFound("x"), Optional.of(NODES.numberNode(5L)))))
                .isEqualTo("{\"id\": 5, \"error\": {\"class\": \"CommandNotFound\", "
                        + "\"desc\": \"The command x has not been found\"}}\r\n");
    }

    @Test
    void stampsEventsAndLeavesDataOutWhenThereIsNone() {
        Instant at = Instant.ofEpochSecond(1_700_000_000, 12_345_678);
        String stamp = "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 12345}, ";
        assertThat(text(QmpWriter.event("STOP", Optional.empty(), at))).isEqualTo(stamp + "\"event\": \"STOP\"}\r\n");
        assertThat(text(QmpWriter.event("MIGRATION", Optional.of(NODES.objectNode().put("status", "setup")), at)))
                .isEqualTo(stamp + "\"event\": \"MIGRATION\", \"data\": {\"status\": \"setup\"}}\r\n");
    }

    @Test
    void escapesAllButPrintableAscii() {
        assertThat(printed(NODES.stringNode("a/\"\\\b\f\n\r\t\u0000\u007f\u00e9\ud83d\ude00"))).isEqualTo(
                "\"a/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u007F\\u00E9\\uD83D\\uDE00\"");
    }

    @ParameterizedTest
    @CsvSource({"100, 100", "0, 0", "-0.0, -0.0", "0.1, 0.1", "-1.5, -1.5", "1e17, 1.0E17",
            "99999999999999984, 99999999999999984",
            "1e-7, 1.0E-7"})
    void printsDoublesShort(double value, String expected) {
        assertThat(printed(NODES.numberNode(value))).isEqualTo(expected);
    }

    @Test
    void printsIntegersExactly() {
        assertThat(printed(NODES.numberNode(Long.MIN_VALUE))).isEqualTo("-9223372036854775808");
        assertThat(printed(NODES.numberNode(new BigInteger("18446744073709551615")))).isEqualTo("18446744073709551615");
    }

    @Test
    void refusesWhatJsonCannotSay() {
        JsonNode infinite = NODES.numberNode(Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> QmpWriter.success(infinite, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givesTheDeepestIdBackUnchanged() {
        String sent = "{\"a\": ".repeat(1024) + "1" + "}".repeat(1024);
        var heard = new ArrayList<QmpInput>();
        byte[] bytes = sent.getBytes(StandardCharsets.US_ASCII);
        new QmpParser(heard::add).feed(bytes, 0, bytes.length);
        assertThat(printed(((QmpInput.Value) heard.getFirst()).value())).isEqualTo(sent);
    }
}
