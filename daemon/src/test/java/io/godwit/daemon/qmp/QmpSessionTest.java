package io.godwit.daemon.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QmpSessionTest {
    private static final String STOP_EVENT = "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 42}, "
            + "\"event\": \"STOP\"}";
    private static final String EMPTY = "{\"return\": {}}";

    @TempDir
    Path dir;

    private Path socket;
    private TestMonitor monitor;

    @BeforeEach
    void start() throws IOException {
        socket = dir.resolve("qmp.sock");
        monitor = TestMonitor.on(socket);
    }

    @AfterEach
    void stop() {
        monitor.commands.go.countDown();
        monitor.close();
    }

    @Test
    void greetsBeforeTheClientHasSaidAnything() throws IOException {
        try (var client = QmpClient.connect(socket)) {
            assertThat(client.readLine()).startsWith("{\"QMP\": {\"version\": {\"qemu\": {")
                    .endsWith("\"capabilities\": [\"oob\"]}}");
        }
    }

    @Test
    void refusesEveryCommandUntilNegotiated() throws IOException {
        try (var client = QmpClient.connect(socket)) {
            client.readLine();
            assertThat(client.ask("{'execute':'ping','id':1}"))
                    .isEqualTo("{\"id\": 1, \"error\": {\"class\": \"CommandNotFound\", "
                            + "\"desc\": \"Expecting capabilities negotiation with 'qmp_capabilities'\"}}");
            assertThat(client.ask("{'execute':'qmp_capabilities'}")).isEqualTo(EMPTY);
            assertThat(client.ask("{'execute':'ping','id':[null]}")).isEqualTo("{\"return\": {}, \"id\": [null]}");
            assertThat(client.ask("{'execute':'qmp_capabilities'}")).contains("already complete, command ignored");
        }
    }

    @Test
    void takesNegotiationAndWhatDependsOnItInOneWrite() throws IOException {
        try (var client = QmpClient.connect(socket)) {
            client.send("{'exec-oob':'ping','id':1}{'execute':'qmp_capabilities','arguments':{'enable':['oob']}}"
                    + "{'exec-oob':'ping','id':2}");
            assertThat(client.readLines(4).subList(1, 4)).satisfiesExactly(
                    early -> assertThat(early).contains("QMP input member 'exec-oob' is unexpected"),
                    negotiated -> assertThat(negotiated).isEqualTo(EMPTY),
                    late -> assertThat(late).isEqualTo("{\"return\": {}, \"id\": 2}"));
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            var requests = new StringBuilder();
            var answers = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                requests.append("{'execute':'ping','id':").append(i).append('}');
                answers.append("{\"return\": {}, \"id\": ").append(i).append("}\n");
            }
            client.send(requests.toString());
            assertThat(String.join("\n", client.readLines(1000)) + "\n").isEqualTo(answers.toString());
        }
    }

    @Test
    void understandsRequestsThatArriveByteByByte() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            for (char letter : "{'execute' : 'ping', 'id': '}'} []".toCharArray()) {
                client.send(String.valueOf(letter));
            }
            assertThat(client.readLine()).isEqualTo("{\"return\": {}, \"id\": \"}\"}");
            assertThat(client.readLine()).contains("QMP input must be a JSON object");
        }
    }

    @Test
    void answersFaultsInTheirPlaceInTheStream() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'wait','id':1} @ {'execute':'fail','id':2}");
            monitor.commands.waiting.acquireUninterruptibly();
            monitor.commands.go.countDown();
            assertThat(client.readLines(3)).satisfiesExactly(
                    first -> assertThat(first).isEqualTo("{\"return\": {}, \"id\": 1}"),
                    fault -> assertThat(fault).contains("JSON parse error, stray '@'").doesNotContain("id"),
                    second -> assertThat(second).isEqualTo(
                            "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"as asked\"}}"));
        }
    }

    @Test
    void outOfBandOvertakesTheCommandThatRunsAndThoseThatWait() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'wait','id':1}{'execute':'ping','id':2}");
            monitor.commands.waiting.acquireUninterruptibly();
            assertThat(client.ask("{'exec-oob':'ping','id':3}")).isEqualTo("{\"return\": {}, \"id\": 3}");
            monitor.commands.go.countDown();
            assertThat(client.readLines(2)).containsExactly("{\"return\": {}, \"id\": 1}",
                    "{\"return\": {}, \"id\": 2}");
        }
    }

    @Test
    void stopsReadingBehindEightRequests() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'wait'}");
            monitor.commands.waiting.acquireUninterruptibly();
            client.send("{'execute':'ping'}".repeat(8));
            String spaces = " ".repeat(64 * 1024);
            int taken = 0;
            int now;
            while ((now = client.sendWhatIsTaken(spaces)) > 0) {
                taken += now;
                assertThat(taken).isLessThan(4 << 20);
            }
            monitor.commands.go.countDown();
            assertThat(client.readLines(9)).containsOnly(EMPTY);
            assertThat(client.ask("{'execute':'ping','id':'awake'}")).contains("awake");
        }
    }

    @Test
    void answersWhatWasCompleteWhenTheClientStopsWriting() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'ping','id':1}{'execute':'nothing','id':2}{'execute':'pi");
            client.shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("{\"return\": {}, \"id\": 1}\r\n"
                    + "{\"id\": 2, \"error\": {\"class\": \"CommandNotFound\", "
                    + "\"desc\": \"The command nothing has not been found\"}}\r\n");
        }
    }

    @Test
    void anEventPrecedesTheReplyOfTheCommandThatCausedIt() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'stop'}".repeat(50));
            for (int i = 0; i < 50; i++) {
                assertThat(client.readLines(2)).containsExactly(STOP_EVENT, EMPTY);
            }
        }
    }

    @Test
    void tellsOfMigrationsOnlyWhenAskedTo() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask("{'execute':'stop'}")).isEqualTo(STOP_EVENT);
            assertThat(client.readLine()).isEqualTo(EMPTY);
            monitor.monitors.sendMigrationEvents(true);
            client.send("{'execute':'stop'}");
            assertThat(client.readLines(4)).satisfiesExactly(stop -> assertThat(stop).isEqualTo(STOP_EVENT),
                    status -> assertThat(status)
                            .endsWith("\"event\": \"MIGRATION\", \"data\": {\"status\": \"setup\"}}"),
                    pass -> assertThat(pass).endsWith("\"event\": \"MIGRATION_PASS\", \"data\": {\"pass\": 1}}"),
                    reply -> assertThat(reply).isEqualTo(EMPTY));
        }
    }

    @Test
    void quitTellsWhyAnswersAndEndsTheConnection() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'quit','id':'bye'}{'execute':'ping','id':'too late'}");
            assertThat(client.readToEnd()).isEqualTo("{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 42}, "
                    + "\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n"
                    + "{\"return\": {}, \"id\": \"bye\"}\r\n");
        }
    }

    @Test
    void survivesACommandWithABug() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask("{'execute':'broken'}")).contains("\"GenericError\"", "Internal error in broken");
            assertThat(client.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
        }
    }

    @Test
    void runsCommandsOnTheGuestsOwnThread() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask("{'execute':'thread'}")).contains("qmp-command-test");
            assertThat(client.ask("{'exec-oob':'thread'}")).contains("qmp-oob-test");
        }
    }

    @Test
    void countsCommandsByNameAndOutcome() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'fail'}{'execute':'made-up-name'}{'execute':'ping'}");
            client.readLines(3);
        }
        assertThat(monitor.completed).isEqualTo(List.of("qmp_capabilities success", "fail GenericError",
                "unknown CommandNotFound", "ping success"));
    }

    @Test
    void dropsAClientThatDoesNotReadItsEvents() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            monitor.monitors.sendMigrationEvents(true);
            for (int i = 0; i < 400_000; i++) {
                monitor.monitors.migrationStatus(MigrationStatus.ACTIVE);
            }
            assertThat(client.readToEnd()).hasSizeBetween(1000, 20 << 20);
        }
        try (var next = QmpClient.negotiated(socket)) {
            assertThat(next.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
        }
    }

    /** Whatever the machine's speed: no more can be answered in a time than the rate gives. */
    @Test
    void aClientThatFloodsIsSlowedAndLosesNothing() throws IOException {
        int beyond = 300;
        try (var client = QmpClient.negotiated(socket)) {
            long begun = System.nanoTime();
            client.send("{'execute':'ping'}".repeat(RequestRate.AT_ONCE + beyond));
            assertThat(client.readLines(RequestRate.AT_ONCE + beyond)).containsOnly(EMPTY);
            assertThat(System.nanoTime() - begun).isGreaterThan(beyond * 1_000_000_000L / RequestRate.PER_SECOND);
            assertThat(client.ask("{'execute':'ping','id':'at last'}")).contains("at last");
        }
    }

    @Test
    void waitsForAClientThatReadsItsRepliesLate() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send("{'execute':'big','arguments':{'bytes':5000000}}".repeat(8) + "{'execute':'ping'}");
            for (int i = 0; i < 8; i++) {
                assertThat(client.readLine()).hasSize(5_000_000 + "{\"return\": {\"text\": \"\"}}".length());
            }
            assertThat(client.readLine()).isEqualTo(EMPTY);
        }
    }
}
