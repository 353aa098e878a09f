package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ShownTest {
    private static final String EVENT = "{\"timestamp\":{\"seconds\":3661,\"microseconds\":5000},\"event\":\"MIGRATION\","
            + "\"data\":{\"status\":\"setup\"}}";

    private final Shown forPeople = new Shown(false, ZoneOffset.UTC);
    private final Shown forPrograms = new Shown(true, ZoneOffset.UTC);

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }

    @Test
    void answersAreIndented() {
        assertThat(forPeople.answer(json("{\"return\": {\"status\": \"running\", \"list\": []}}"))).isEqualTo("""
                {
                  "status": "running",
                  "list": []
                }""");
        assertThat(forPeople.answer(json("{\"return\": {}}"))).isEqualTo("{}");
        assertThat(forPeople.answer(json("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}")))
                .isEqualTo("GenericError: no");
    }

    @Test
    void eventsTakeALineAndSayWhen() {
        assertThat(forPeople.event(json(EVENT))).isEqualTo("01:01:01.005 MIGRATION {\"status\":\"setup\"}");
    }

    @Test
    void programsGetWhatCame() {
        assertThat(forPrograms.event(json(EVENT))).isEqualTo(EVENT);
        assertThat(forPrograms.answer(json("{\"return\": [1]}"))).isEqualTo("{\"return\":[1]}");
    }

    @Test
    void nothingActsOnTheTerminal() {
        assertThat(forPeople.answer(json("{\"error\": {\"class\": \"A\", \"desc\": \"\\u001b[2J\\u009b2J\"}}")))
                .isEqualTo("A: ?[2J?2J");
        assertThat(forPeople.answer(json("{\"return\": \"\\u007f\\u0085\"}"))).isEqualTo("\"??\"");
    }
}
