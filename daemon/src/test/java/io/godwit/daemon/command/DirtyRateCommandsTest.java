package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The commands in front of a real engine, whose guest stands still. */
@Timeout(60)
class DirtyRateCommandsTest {
    private static final GuestSpec STILL = new GuestSpec("", new GuestSpec.Workload(1, 0, 0, 0), 4 << 20,
            new GuestSpec.Ram.Anonymous(), true, false, Optional.empty(), true);

    private final MigrationEngine engine = MigrationEngine.start(STILL, new EngineEvents() {});

    DirtyRateCommandsTest() throws IOException {}

    @AfterEach
    void theEngineEndsWhatIsBeingMeasured() {
        engine.close();
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("dirty-rate");
    }

    private static ObjectNode json(String singleQuoted) {
        return (ObjectNode) new JsonMapper().readTree(singleQuoted.replace('\'', '"'));
    }

    private JsonNode calc(String arguments) throws QmpException, MigrationException {
        return run(new CalcDirtyRate(engine), arguments);
    }

    private JsonNode query(String arguments) throws QmpException, MigrationException {
        return run(new QueryDirtyRate(engine), arguments);
    }

    private static <A> JsonNode run(Command<A> command, String arguments) throws QmpException, MigrationException {
        return command.execute(command.arguments().parse(json(arguments)), new Nobody());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "'calc-time':0 | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':-1 | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':61 | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':9223372036854775807 | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':49,'calc-time-unit':'millisecond' | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':60001,'calc-time-unit':'millisecond' | Calculation time is out of range [50ms, 60000ms].",
            "'calc-time':1,'sample-pages':127 | sample-pages is out of range[128, 16384].",
            "'calc-time':1,'sample-pages':16385 | sample-pages is out of range[128, 16384].",
            "'calc-time':1,'sample-pages':512,'mode':'dirty-ring' | sample-pages is used only in page-sampling mode",
            "'calc-time':1,'mode':'dirty-ring' | mode dirty-ring is not enabled, use other method instead."})
    void refusesWhatItCannotMeasureAndBeginsNothing(String members, String expected) throws Exception {
        assertThatThrownBy(() -> calc("{" + members + "}")).isInstanceOf(QmpException.class).hasMessage(expected);
        assertThat(query("{}")).hasToString("{\"status\":\"unstarted\",\"start-time\":0,\"calc-time\":0,"
                + "\"calc-time-unit\":\"second\",\"sample-pages\":0,\"mode\":\"page-sampling\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'calc-time':60", "'calc-time':60000,'calc-time-unit':'millisecond','sample-pages':512"})
    void isMeasuringFromTheReplyOnAndRefusesASecond(String members) throws Exception {
        assertThat(calc("{" + members + "}")).isEmpty();
        assertThat(query("{}").path("status").stringValue()).isEqualTo("measuring");
        assertThat(query("{}").path("calc-time").intValue()).isEqualTo(60);
        assertThat(query("{}").path("sample-pages").intValue()).isEqualTo(512);
        assertThat(query("{'calc-time-unit':'millisecond'}").path("calc-time").intValue()).isEqualTo(60_000);
        assertThatThrownBy(() -> calc("{'calc-time':1}")).isInstanceOf(MigrationException.Refused.class)
                .hasMessage("the dirty rate is already being measured.");
    }

    @Test
    void answersTheRateInTheEnd() throws Exception {
        calc("{'calc-time':50,'calc-time-unit':'millisecond','sample-pages':16384}");
        while (query("{}").path("status").stringValue().equals("measuring")) {
            Thread.onSpinWait();
        }
        assertThat(query("{}").path("status").stringValue()).isEqualTo("measured");
        assertThat(query("{}").path("dirty-rate").longValue(-1)).isZero();
    }
}
