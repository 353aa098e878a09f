package io.godwit.protocol.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class QmpRequestTest {

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void takesCommandArgumentsAndId() {
        var request = QmpRequest.of(json("{\"execute\":\"stop\",\"arguments\":{\"a\":1},\"id\":[1]}"), false);
        assertThat(request).isEqualTo(new QmpRequest.Execute("stop",
                json("{\"a\":1}").asObject(), Optional.of(json("[1]")), false));
    }

    @Test
    void givesEmptyArgumentsWhenThereAreNone() {
        var request = (QmpRequest.Execute) QmpRequest.of(json("{\"execute\":\"stop\"}"), true);
        assertThat(request.arguments().isEmpty()).isTrue();
        assertThat(request.id()).isEmpty();
        assertThat(request.outOfBand()).isFalse();
    }

    @Test
    void tellsANullIdFromNone() {
        assertThat(QmpRequest.of(json("{\"execute\":\"stop\",\"id\":null}"), false).id()).contains(json("null"));
    }

    @Test
    void knowsExecOobOnlyOnceNegotiated() {
        JsonNode value = json("{\"exec-oob\":\"yank\",\"id\":1}");
        assertThat(QmpRequest.of(value, true)).isInstanceOfSatisfying(QmpRequest.Execute.class,
                request -> assertThat(request.outOfBand()).isTrue());
        assertThat(QmpRequest.of(value, false)).isEqualTo(new QmpRequest.Refused(
                QmpError.generic("QMP input member 'exec-oob' is unexpected"), Optional.of(json("1"))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"execute\":\"a\",\"exec-oob\":\"b\"} | QMP input member 'execute' clashes with 'exec-oob'",
            "{\"exec-oob\":\"b\",\"execute\":\"a\"} | QMP input member 'execute' clashes with 'exec-oob'",
            "{\"exec-oob\":1} | QMP input member 'exec-oob' must be a string",
            "{\"arguments\":{}} | QMP input lacks member 'execute'",
            "{\"execute\":\"a\",\"arguments\":null} | QMP input member 'arguments' must be an object"})
    void refusesWhatIsNoRequest(String sent, String text) {
        assertThat(QmpRequest.of(json(sent), true))
                .isEqualTo(new QmpRequest.Refused(QmpError.generic(text), Optional.empty()));
    }
}
