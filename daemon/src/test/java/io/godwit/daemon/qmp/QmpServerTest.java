package io.godwit.daemon.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QmpServerTest {
    private static final String EMPTY = "{\"return\": {}}";

    @TempDir
    Path dir;

    @Test
    void itsSocketFileIsItsOwnersOnlyAndGoesWithIt() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var _ = TestMonitor.on(socket)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-------");
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void givesTheSocketFileTheModeAskedFor() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var monitor = TestMonitor.on(); var _ = QmpServer.listen(monitor.loop, socket, 0666)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-rw-rw-");
        }
    }

    @Test
    void replacesASocketFileThatNobodyAnswersAt() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        StreamSocket.listen(new StreamAddress.Unix(socket), 1, 0600).close();
        assertThat(socket).exists();
        try (var _ = TestMonitor.on(socket); var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
        }
    }

    @Test
    void refusesASocketThatAnotherProcessServes() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var first = TestMonitor.on(socket)) {
            assertThatThrownBy(() -> QmpServer.listen(first.loop, socket, 0600)).isInstanceOf(IOException.class)
                    .hasMessageContaining("monitor socket '" + socket + "' is in use");
            try (var client = QmpClient.negotiated(socket)) {
                assertThat(client.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
            }
        }
    }

    @Test
    void refusesToReplaceAFileThatIsNoSocket() throws IOException {
        Path file = Files.writeString(dir.resolve("precious"), "data");
        try (var monitor = TestMonitor.on()) {
            assertThatThrownBy(() -> QmpServer.listen(monitor.loop, file, 0600)).isInstanceOf(IOException.class)
                    .hasMessageContaining("is in use");
        }
        assertThat(file).hasContent("data");
    }

    @Test
    void servesAnInheritedListeningSocket() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (Fd listening = StreamSocket.listen(new StreamAddress.Unix(socket), 8, 0600);
                var monitor = TestMonitor.on();
                var server = QmpServer.adopt(monitor.loop, listening.duplicate().number())) {
            server.serve(monitor.monitors, monitor.commands, Admission.ALL);
            try (var client = QmpClient.negotiated(socket)) {
                assertThat(client.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
            }
        }
    }

    @Test
    void refusesToServeADescriptorThatDoesNotListen() throws IOException {
        try (var monitor = TestMonitor.on(); Fd other = StreamSocket.pair().getFirst()) {
            assertThatThrownBy(() -> QmpServer.adopt(monitor.loop, other.duplicate().number()))
                    .isInstanceOf(IOException.class).hasMessageContaining("does not listen");
        }
    }

    @Test
    void greetsTheSecondClientWhenTheFirstHasGone() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var _ = TestMonitor.on(socket)) {
            var first = QmpClient.negotiated(socket);
            try (var second = QmpClient.connect(socket)) {
                second.send("{'execute':'qmp_capabilities'}{'execute':'ping','id':2}");
                assertThat(first.ask("{'execute':'ping','id':1}")).contains("1");
                assertThat(second.hasSomethingToRead()).isFalse();
                first.close();
                assertThat(second.readLines(3)).last().isEqualTo("{\"return\": {}, \"id\": 2}");
            }
        }
    }

    @Test
    void everyMonitorOfAGuestHearsItsEvents() throws IOException {
        Path one = dir.resolve("one.sock");
        Path two = dir.resolve("two.sock");
        try (var _ = TestMonitor.on(one, two);
                var asking = QmpClient.negotiated(one);
                var listening = QmpClient.negotiated(two);) {
            asking.send("{'execute':'stop'}");
            assertThat(asking.readLines(2)).last().isEqualTo(EMPTY);
            assertThat(listening.readLine()).contains("\"STOP\"");
        }
    }

    @Test
    void aNewClientNegotiatesAnewAndHearsNothingBefore() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var monitor = TestMonitor.on(socket)) {
            QmpClient.negotiated(socket).close();
            try (var client = QmpClient.connect(socket)) {
                client.readLine();
                monitor.monitors.stopped();
                assertThat(client.ask("{'execute':'ping'}")).contains("Expecting capabilities negotiation");
            }
        }
    }

    @Test
    void leavesNoDescriptorBehindAfterAHundredConnections() throws IOException {
        Path socket = dir.resolve("qmp.sock");
        try (var _ = TestMonitor.on(socket)) {
            connectAndAsk(socket);
            int before = OpenDescriptors.count();
            for (int i = 0; i < 100; i++) {
                connectAndAsk(socket);
            }
            OpenDescriptors.awaitAtMost(before);
        }
    }

    private static void connectAndAsk(Path socket) throws IOException {
        try (var client = QmpClient.negotiated(socket)) {
            assertThat(client.ask("{'execute':'ping'}")).isEqualTo(EMPTY);
        }
    }
}
