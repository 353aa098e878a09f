package io.godwit.daemon.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.daemon.qmp.OpenDescriptors;
import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A remote monitor against peers that behave, and that do not. */
@Timeout(60)
class RemoteMonitorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory = Path.of("");

    private int descriptorsBefore;

    @BeforeEach
    void count() throws IOException {
        descriptorsBefore = OpenDescriptors.count();
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertThat(OpenDescriptors.count()).isEqualTo(descriptorsBefore);
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("qmp-remote");
    }

    @Test
    void givesWhatACommandReturns() throws Exception {
        try (var peer = peer((command, request, _) -> List.of(
                "{\"return\": {\"was\": \"" + command + "\"}, \"id\": $ID}"));
                var monitor = connect(MonitorListener.NONE)) {
            var result = monitor.execute("query-thing", JsonNodeFactory.instance.objectNode().put("deep", true));

            assertThat(result.path("was").stringValue()).isEqualTo("query-thing");
            assertThat(peer.request().path("arguments").path("enable").toString()).isEqualTo("[\"oob\"]");
            assertThat(peer.request().path("arguments").toString()).isEqualTo("{\"deep\":true}");
        }
    }

    @Test
    void givesThePeersOwnError() throws Exception {
        try (var _ = peer((_, _, _) -> List.of(
                "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Instance not found\"}, \"id\": $ID}"));
                var monitor = connect(MonitorListener.NONE)) {
            assertThatThrownBy(() -> monitor.execute("yank")).isInstanceOfSatisfying(QmpException.class, e -> {
                assertThat(e.error().errorClass()).isEqualTo(QmpErrorClass.DEVICE_NOT_FOUND);
                assertThat(e.error().desc()).isEqualTo("Instance not found");
            });
        }
    }

    @Test
    void answersGoToThoseWhoAskedEvenOutOfOrder() throws Exception {
        var first = new String[1];
        try (var _ = peer((command, request, _) -> {
            if (command.equals("slow")) {
                first[0] = request.path("id").toString();
                return List.of();
            }
            return List.of("{\"return\": \"quick\", \"id\": $ID}", "{\"return\": \"slow\", \"id\": " + first[0] + "}");
        }); var monitor = connect(MonitorListener.NONE)) {
            var slow = CompletableFuture.supplyAsync(() -> execute(monitor, "slow"));
            while (first[0] == null) {
                Thread.onSpinWait();
            }
            assertThat(monitor.executeOutOfBand("quick", JsonNodeFactory.instance.objectNode()).stringValue())
                    .isEqualTo("quick");
            assertThat(slow.join().stringValue()).isEqualTo("slow");
        }
    }

    @Test
    void tellsAnEventBeforeTheAnswerThatFollowsIt() throws Exception {
        var events = new Noted();
        try (var _ = peer((_, _, _) -> List.of("{\"timestamp\": {}, \"event\": \"STOP\"}",
                "{\"return\": {}, \"id\": $ID}")); var monitor = connect(events)) {
            monitor.execute("stop");
            assertThat(events.said.poll()).isEqualTo("STOP {\"timestamp\":{},\"event\":\"STOP\"}");
        }
    }

    @Test
    void sendsADescriptorWithItsCommand() throws Exception {
        var counts = new LinkedBlockingQueue<Integer>();
        try (var _ = peer((_, _, descriptors) -> {
            counts.add(descriptors.size());
            return List.of("{\"return\": {}, \"id\": $ID}");
        }); var monitor = connect(MonitorListener.NONE); var sent = new EventFd()) {
            monitor.execute("getfd", JsonNodeFactory.instance.objectNode().put("fdname", "x"), Optional.of(sent.fd()),
                    PATIENCE);
            monitor.execute("query-status");
            assertThat(counts).containsExactly(1, 0);
            assertThat(sent.fd().isOpen()).isTrue();
        }
    }

    @Test
    @SuppressWarnings("NullAway") // A peer that gives nothing goes away.
    void aPeerThatGoesAwayIsTheEndOfEverythingThatWaits() throws Exception {
        var events = new Noted();
        try (var _ = peer((_, _, _) -> null); var monitor = connect(events)) {
            assertThatThrownBy(() -> monitor.execute("query-status")).isInstanceOf(IOException.class)
                    .hasMessageContaining(path().toString()).hasMessageContaining("closed the connection");
            assertThat(events.said.take()).startsWith("lost");
            assertThatThrownBy(() -> monitor.execute("query-status")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void waitsForAnAnswerAsLongAsItWasToldToAndPassesALateOneOver() throws Exception {
        var silent = new String[1];
        try (var _ = peer((command, request, _) -> {
            if (command.equals("silence")) {
                silent[0] = request.path("id").toString();
                return List.of();
            }
            return List.of("{\"return\": \"late\", \"id\": " + silent[0] + "}", "{\"return\": \"now\", \"id\": $ID}");
        }); var monitor = connect(MonitorListener.NONE)) {
            assertThatThrownBy(() -> monitor.execute("silence", JsonNodeFactory.instance.objectNode(),
                    Optional.<Fd>empty(), SHORT)).isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer within 50 ms").hasMessageContaining("silence");
            assertThat(monitor.execute("talk").stringValue()).isEqualTo("now");
        }
    }

    @Test
    void doesNotWaitForEverForAMonitorThatHasAnotherClient() throws Exception {
        try (var _ = new ScriptedPeer(path(), "", (_, _, _) -> List.of())) {
            assertThatThrownBy(() -> RemoteMonitor.connect(path(), SHORT, MonitorListener.NONE))
                    .isInstanceOf(IOException.class).hasMessageContaining("one client at a time");
        }
    }

    @Test
    void nobodyThereIsSaidWithThePath() {
        assertThatThrownBy(() -> RemoteMonitor.connect(path(), PATIENCE, MonitorListener.NONE))
                .isInstanceOf(IOException.class).hasMessageContaining(path().toString());
    }

    @Test
    void aPeerThatSpeaksNoQmpIsRefused() throws Exception {
        try (var _ = new ScriptedPeer(path(), "220 mail.example.org ESMTP", (_, _, _) -> List.of())) {
            assertThatThrownBy(() -> RemoteMonitor.connect(path(), PATIENCE, MonitorListener.NONE))
                    .isInstanceOf(IOException.class).hasMessageContaining("no JSON");
        }
    }

    @Test
    @SuppressWarnings("try") // Closing it early is what this is about.
    void closingWakesWhoeverWaits() throws Exception {
        try (var peer = peer((_, _, _) -> List.of()); var monitor = connect(MonitorListener.NONE)) {
            var waiting = CompletableFuture.supplyAsync(() -> execute(monitor, "silence"));
            peer.request();
            peer.request();
            monitor.close();
            assertThatThrownBy(waiting::join).hasMessageContaining("closed here");
        }
    }

    @Test
    void aListenerThatAsksIsToldSoInsteadOfWaitingForItself() throws Exception {
        var refused = new CompletableFuture<Throwable>();
        var monitor = new CompletableFuture<RemoteMonitor>();
        var asking = new MonitorListener() {
            @Override
            public void event(String name, ObjectNode message) {
                try {
                    monitor.join().execute("query-status");
                } catch (IllegalStateException | IOException | QmpException e) {
                    refused.complete(e);
                }
            }

            @Override
            public void lost(IOException why) {}
        };
        try (var _ = peer((_, _, _) -> List.of("{\"event\": \"STOP\"}", "{\"return\": {}, \"id\": $ID}"));
                var connected = connect(asking)) {
            monitor.complete(connected);
            connected.execute("stop");
            assertThat(refused.join()).isInstanceOf(IllegalStateException.class);
        }
    }

    private Path path() {
        return directory.resolve("qmp");
    }

    private ScriptedPeer peer(ScriptedPeer.Script script) throws IOException {
        return ScriptedPeer.qemu(path(), script);
    }

    private RemoteMonitor connect(MonitorListener listener) throws IOException {
        return RemoteMonitor.connect(path(), PATIENCE, listener);
    }

    private static JsonNode execute(RemoteMonitor monitor, String command) {
        try {
            return monitor.execute(command);
        } catch (IOException | QmpException e) {
            throw new CompletionException(e);
        }
    }

    /** Keeps what a listener hears. */
    private static final class Noted implements MonitorListener {
        private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

        @Override
        public void event(String name, ObjectNode message) {
            said.add(name + " " + message);
        }

        @Override
        public void lost(IOException why) {
            said.add("lost: " + why.getMessage());
        }
    }
}
