package io.godwit.daemon.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.MemFd;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The one slot of a connection for a received descriptor. */
@Timeout(60)
class DescriptorPassingTest {
    private static final String GETFD = "{'execute':'getfd'}";
    private static final String TAKEN = "{\"return\": {\"taken\": true}}";
    private static final String NONE = "{\"return\": {\"taken\": false}}";

    @TempDir
    Path dir;

    private Path socket;
    private TestMonitor monitor;
    private Fd file;

    @BeforeEach
    void start() throws IOException {
        socket = dir.resolve("qmp.sock");
        monitor = TestMonitor.on(socket);
        file = MemFd.create("passed", 4096);
    }

    @AfterEach
    void stop() {
        file.close();
        monitor.close();
    }

    @Test
    void aCommandTakesTheDescriptorThatCameWithIt() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask(GETFD, file)).isEqualTo(TAKEN);
            assertThat(client.ask(GETFD)).isEqualTo(NONE);
        }
    }

    @Test
    void itWaitsForACommandThatTakesIt() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.ask("{'execute':'ping'}", file);
            client.ask("{'execute':'getfd','arguments':{'bad':1}}");
            assertThat(client.ask(GETFD)).isEqualTo(TAKEN);
            assertThat(client.ask(GETFD)).isEqualTo(NONE);
        }
    }

    @Test
    void itMayComeWithWhiteSpaceOrWithHalfARequest() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.send(" ", file);
            assertThat(client.ask(GETFD)).isEqualTo(TAKEN);
            client.send("{'execute':", file);
            assertThat(client.ask("'getfd'}")).isEqualTo(TAKEN);
            client.send("{'execute':");
            assertThat(client.ask("'getfd'}", file)).isEqualTo(TAKEN);
        }
    }

    @Test
    void itComesToTheRightOneOfPipelinedCommands() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            for (int i = 0; i < 40; i++) {
                client.send(GETFD, file);
            }
            assertThat(client.readLines(40)).containsOnly(TAKEN);
        }
    }

    @Test
    void beforeNegotiationNobodyTakesIt() throws IOException {
        try (var client = QmpClient.connect(socket)) {
            client.readLine();
            client.ask(GETFD, file);
            client.ask("{'execute':'qmp_capabilities'}");
            assertThat(client.ask(GETFD)).isEqualTo(TAKEN);
        }
    }

    @Test
    void ofSeveralOnlyTheFirstIsKeptAndANewerOneReplacesIt() throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            client.ask("{'execute':'ping'}");
            int before = OpenDescriptors.count();
            client.ask("{'execute':'ping'}", file, file, file);
            client.ask("{'execute':'ping'}", file, file);
            assertThat(OpenDescriptors.count()).isEqualTo(before + 1);
            assertThat(client.ask(GETFD)).isEqualTo(TAKEN);
            assertThat(client.ask(GETFD)).isEqualTo(NONE);
            assertThat(OpenDescriptors.count()).isEqualTo(before);
        }
    }

    @Test
    void unclaimedOnesDieWithTheirConnection() throws IOException {
        QmpClient.negotiated(socket).close();
        try (var last = QmpClient.negotiated(socket)) {
            last.ask("{'execute':'ping'}");
        }
        int before = OpenDescriptors.count();
        for (int i = 0; i < 200; i++) {
            try (var client = QmpClient.connect(socket)) {
                client.send("{'execute':'qmp_capabilities'}{'execute':'ping'}", file, file);
                client.readLines(i % 3);
            }
        }
        OpenDescriptors.awaitAtMost(before);
    }
}
