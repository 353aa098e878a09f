package io.godwit.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.daemon.config.LogFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

class LoggingTest {
    private final ByteArrayOutputStream sink = new ByteArrayOutputStream();

    @AfterEach
    void logsToStandardErrorAgain() {
        Logging.start(LogFormat.TEXT, System.err);
    }

    @Test
    void writesALineWithTimeLevelThreadAndShortName() {
        Logging.start(LogFormat.TEXT, sink);

        LoggerFactory.getLogger("io.godwit.some.Place").info("pass {} begun", 3);

        assertThat(lines()).matches(
                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  \\[.+] Place: pass 3 begun\n");
    }

    @Test
    void keepsAMessageOnItsLine() {
        Logging.start(LogFormat.TEXT, sink);

        LoggerFactory.getLogger("a").info("name {}", "x\r\n2026 ERROR forged");

        assertThat(lines().lines()).hasSize(1);
    }

    @Test
    void writesOneJsonObjectPerLine() {
        Logging.start(LogFormat.JSON, sink);

        LoggerFactory.getLogger("io.godwit.Place").warn("status {}", "failed", new IllegalStateException("because"));

        assertThat(lines().lines()).hasSize(1);
        var line = JsonMapper.builder().build().readTree(lines());
        assertThat(line.path("level").asString()).isEqualTo("WARN");
        assertThat(line.path("loggerName").asString()).isEqualTo("io.godwit.Place");
        assertThat(line.path("formattedMessage").asString()).isEqualTo("status failed");
        assertThat(line.path("throwable").path("message").asString()).isEqualTo("because");
        assertThat(line.path("timestamp").asLong()).isPositive();
    }

    @Test
    void saysNothingOfNettysSearchForItsMeans() {
        Logging.start(LogFormat.TEXT, sink);

        LoggerFactory.getLogger("io.netty.util.Whatever").info("-Dio.netty.noUnsafe: false");

        assertThat(lines()).isEmpty();
    }

    private String lines() {
        return sink.toString(StandardCharsets.UTF_8);
    }
}
