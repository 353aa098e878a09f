package io.godwit.protocol.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Conversations recorded from QEMU 10.0.2, played to the parser, the request check, the argument types and the writer.
 * In a file {@code ->} sends the line, {@code ~>} sends it without its end, {@code x>} sends bytes in hex, {@code <-} is
 * an answer; {@code !} says that the session is not negotiated and {@code #} is a comment.
 */
class QmpTranscriptTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /** What was sent is in Latin-1: a character is a byte. */
    private record Step(String sent, List<JsonNode> answers) {}

    @ParameterizedTest
    @ValueSource(strings = {"json-leniency", "json-strings", "json-lexical-errors", "json-syntax-errors",
            "json-reset-byte", "proto-framing", "proto-id-echo", "proto-negotiation", "proto-oob", "request-members",
            "request-arguments", "params-get-set", "params-ranges", "caps-get-set", "caps-conflicts",
            "migrate-bad-address"})
    void answersAsQemuDid(String name) {
        List<String> lines = lines(name);
        var session = new ToySession(!lines.contains("! not negotiated"));
        List<Step> steps = steps(lines);
        assertThat(steps).hasSizeGreaterThan(3);
        for (Step step : steps) {
            byte[] answers = session.answers(step.sent().getBytes(StandardCharsets.ISO_8859_1));
            assertThat(parsed(answers)).as(step.sent()).isEqualTo(step.answers());
        }
    }

    private static List<String> lines(String name) {
        try (var in = QmpTranscriptTest.class.getResourceAsStream(name + ".txt")) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Step> steps(List<String> lines) {
        var steps = new ArrayList<Step>();
        for (String line : lines) {
            String text = line.length() > 3 ? line.substring(3) : "";
            switch (line.substring(0, 2)) {
                case "->" -> steps.add(new Step(bytes(utf8(text + "\n")), new ArrayList<>()));
                case "~>" -> steps.add(new Step(bytes(utf8(text)), new ArrayList<>()));
                case "x>" -> steps.add(new Step(bytes(HexFormat.of().parseHex(text)), new ArrayList<>()));
                case "<-" -> steps.getLast().answers().add(MAPPER.readTree(text));
                case "# ", "! " -> {
                    // not part of the conversation
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        return steps;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String bytes(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static List<JsonNode> parsed(byte[] answers) {
        var result = new ArrayList<JsonNode>();
        for (String line : new String(answers, StandardCharsets.US_ASCII).split("\r\n", -1)) {
            if (!line.isEmpty()) {
                result.add(MAPPER.readTree(line));
            }
        }
        return result;
    }
}
