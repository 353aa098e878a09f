package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.NONE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static io.godwit.protocol.qapi.MigrationStatus.SETUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Relay;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code godwit migrate --secure}: TLS with nothing set up before, between ends that know each other by what the client has carried
 * from one monitor to the other. Who is somebody else is let in at no connection, which costs nothing and leaves nothing.
 */
class SecureMigrationIT extends StockQemuTest {
    private static final String NOBODY = "0".repeat(64);
    private static final long SLOW = 8 << 20;
    private static final int CUTS = 3;

    private DaemonProcess source() {
        return daemon("source", GuestOptions.workload());
    }

    private DaemonProcess destination() {
        return daemon("destination", GuestOptions.workload().incoming());
    }

    private static void setCapabilities(String names, ServerProcess... ends) {
        for (ServerProcess end : ends) {
            if (!names.isEmpty()) {
                end.qmp().setCapabilities(names.split(",", -1));
            }
        }
    }

    /** What a daemon holds that has been talked to. */
    private static ProcessResources resources(DaemonProcess daemon) {
        assertThat(daemon.qmp().migrationStatus()).isEqualTo(NONE);
        return daemon.resources();
    }

    /** By the client, as a user does. */
    private static Programs.Result migrate(DaemonProcess source, ServerProcess destination, String uri,
            String... more) {
        destination.makeWay();
        var words = new ArrayList<>(List.of("migrate", "--secure", "--to", destination.socket().toString()));
        words.addAll(List.of(more));
        words.add(uri);
        return source.client(words.toArray(String[]::new));
    }

    private static String identity(ServerProcess end) {
        return end.qmp().execute("x-godwit-tls-identity").path("fingerprint").asString();
    }

    private static void start(ServerProcess source, String uri, String peer) {
        source.qmp().execute("migrate", Map.of("uri", uri, "x-godwit-tls-peer", peer));
    }

    /** What a daemon that has nothing left of a pinned migration says. */
    private static void assertForgotten(ServerProcess end, String command) {
        assertThatThrownBy(
                () -> end.qmp().execute(command, Map.of("uri", "unix:/nowhere", "x-godwit-tls-peer", NOBODY)))
                .isInstanceOf(QmpError.class).hasMessageContaining("This end has no certificate to show");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "return-path", "multifd,return-path"})
    void movesAGuestByOneCommand(String capabilities) {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        setCapabilities(capabilities, source, destination);
        ProcessResources before = resources(source);

        Programs.Result moved = migrate(source, destination, "tcp:127.0.0.1:0");

        assertThat(moved.output()).contains("Migration completed");
        assertThat(moved.status()).isZero();
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
        assertThat(source.qmp().execute("query-migrate-parameters").path("tls-creds").asString()).isEmpty();
        assertForgotten(source, "migrate");
        source.awaitNoMoreThan(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"return-path", "multifd,return-path", "return-path,postcopy-ram,postcopy-preempt"})
    void speaksTlsOnEachConnection(String capabilities) throws IOException {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        setCapabilities(capabilities, source, destination);
        Path wire = freshPath();
        Path front = freshPath();
        if (capabilities.contains("postcopy-ram")) {
            source.qmp().setParameter("max-bandwidth", SLOW); // so that it has not gone when the word comes
        }
        try (Relay relay = Relay.between(front, wire)) {
            Programs.Result started = migrate(source, destination, "unix:" + front, "--listen", "unix:" + wire,
                    "--detach");
            assertThat(started.status()).describedAs(started.output()).isZero();
            if (capabilities.contains("postcopy-ram")) {
                source.qmp().execute("migrate-start-postcopy");
            }
            awaitCompletion(source, destination);

            int multifd = capabilities.contains("multifd") ? 2 : 0;
            int preempt = capabilities.contains("preempt") ? 1 : 0;
            assertThat(relay.firstBytes()).hasSize(1 + multifd + preempt).containsOnly(Relay.TLS_HANDSHAKE);
        }
        assertThat(destination.verify()).isNotBlank();
    }

    /** Nobody says so again: what the migration began by is what it goes on by. */
    @ParameterizedTest
    @ValueSource(strings = {"postcopy-ram", "postcopy-ram,postcopy-preempt"})
    void recoversByTheSamePins(String capabilities) throws IOException {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        setCapabilities(capabilities, source, destination);
        source.qmp().setParameter("max-bandwidth", SLOW); // so that it has not gone when the word comes
        source.qmp().setParameter("max-postcopy-bandwidth", SLOW);
        Relay relay = closeAtEnd(Relay.between(directory().resolve("front-0"), directory().resolve("wire-0")));
        Programs.Result started = migrate(source, destination, unixUri("front-0"), "--listen", unixUri("wire-0"),
                "--detach");
        assertThat(started.status()).describedAs(started.output()).isZero();
        source.qmp().execute("migrate-start-postcopy");
        destination.qmp().awaitRunState("running");

        for (int cut = 1; cut <= CUTS; cut++) {
            awaitMorePages(source);
            relay.cut();
            source.qmp().awaitMigration(POSTCOPY_PAUSED);
            destination.qmp().awaitMigration(POSTCOPY_PAUSED);
            assertThat(relay.firstBytes()).isNotEmpty().containsOnly(Relay.TLS_HANDSHAKE);
            relay = closeAtEnd(Relay.between(directory().resolve("front-" + cut), directory().resolve("wire-" + cut)));
            destination.qmp().execute("migrate-recover", Map.of("uri", unixUri("wire-" + cut)));
            assertPlainTextIsRefused(directory().resolve("wire-" + cut));
            source.qmp().execute("migrate", Map.of("uri", unixUri("front-" + cut), "resume", true));
        }
        source.qmp().setParameter("max-postcopy-bandwidth", 0);

        awaitCompletion(source, destination);
        assertThat(relay.firstBytes()).isNotEmpty().containsOnly(Relay.TLS_HANDSHAKE);
        assertThat(destination.verify()).isNotBlank();
        assertForgotten(source, "migrate");
    }

    private static void awaitMorePages(ServerProcess source) {
        long sent = source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0);
        Until.holds("more pages were sent",
                () -> source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0) > sent + (256 << 10));
    }

    private static void assertPlainTextIsRefused(Path socket) throws IOException {
        try (SocketChannel stranger = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            stranger.write(
                    ByteBuffer.wrap("QEVM and so on, which is no handshake".getBytes(StandardCharsets.US_ASCII)));
            var answer = ByteBuffer.allocate(64);
            while (stranger.read(answer.clear()) >= 0) {
                // An alert, perhaps.
            }
        } catch (SocketException e) {
            assertThat(e).hasMessage("Connection reset"); // some of what was said has not even been read
        }
    }

    @Test
    void refusesWhoIsNotPinnedAndMovesTheGuestAllTheSame() {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        setCapabilities("return-path", source, destination);
        ProcessResources before = resources(source);

        assertRefused(source, awaited(destination, identity(source)), NOBODY, "is not the one that was pinned");
        assertThat(destination.qmp().migrationStatus()).isEqualTo(SETUP);

        identity(source);
        String theirs = identity(destination);
        assertRefused(source, listen(destination, NOBODY), theirs, "the other end says: Access was denied");
        Until.holds("the destination says whom it has refused",
                () -> destination.log().contains("expected " + NOBODY));
        assertThat(destination.qmp().migrationStatus()).isEqualTo(SETUP);

        String uri = awaited(destination, NOBODY);
        source.qmp().execute("migrate", Map.of("uri", uri)); // plain
        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString("")).isNotBlank();
        assertThat(destination.qmp().migrationStatus()).isEqualTo(SETUP);
        assertThat(source.qmp().runState()).isEqualTo("running");
        source.awaitNoMoreThan(before);

        assertThat(migrate(source, destination, "tcp:127.0.0.1:0").status()).isZero();
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
    }

    /** Has a destination with a fresh identity wait for one; where. */
    private static String awaited(ServerProcess destination, String source) {
        identity(destination);
        return listen(destination, source);
    }

    private static String listen(ServerProcess destination, String source) {
        destination.qmp().execute("migrate-incoming",
                Map.of("uri", "tcp:127.0.0.1:0", "exit-on-error", false, "x-godwit-tls-peer", source));
        return "tcp:127.0.0.1:" + destination.qmp().queryMigrate().at("/socket-address/0/port").asString();
    }

    private static void assertRefused(DaemonProcess source, String uri, String peer, String text) {
        start(source, uri, peer);
        assertThat(source.qmp().awaitMigration(FAILED, COMPLETED).path("error-desc").asString("")).contains(text);
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertForgotten(source, "migrate");
    }

    @Test
    void failsAtADestinationThatSpeaksNoTls() {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        String uri = destination.listen("tcp:127.0.0.1:0");
        identity(source);

        assertRefused(source, uri, NOBODY, "TLS handshake failed");
    }

    @Test
    void failsWhenTheDestinationDiesInTheHandshake() throws IOException {
        DaemonProcess source = source();
        ProcessResources before = resources(source);
        Path wire = freshPath();
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(wire));
            identity(source);
            start(source, "unix:" + wire, NOBODY);
            try (SocketChannel connection = server.accept()) {
                assertThat(connection.read(ByteBuffer.allocate(16))).isPositive();
            }
        }

        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString(""))
                .contains("TLS handshake failed");
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertForgotten(source, "migrate");
        source.awaitNoMoreThan(before);
    }

    @Test
    void canBeCancelledWhileTheOtherEndSaysNothing() throws IOException {
        DaemonProcess source = source();
        ProcessResources before = resources(source);
        Path wire = freshPath();
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(wire));
            identity(source);
            start(source, "unix:" + wire, NOBODY);
            try (SocketChannel connection = server.accept()) {
                assertThat(connection.read(ByteBuffer.allocate(16))).isPositive();
                source.qmp().execute("migrate_cancel");
                source.qmp().awaitMigration(CANCELLED);
            }
        }

        assertThat(source.qmp().runState()).isEqualTo("running");
        assertForgotten(source, "migrate");
        source.awaitNoMoreThan(before);
    }

    @Test
    void leavesADestinationThatCanBeToldAnew() throws IOException {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        ProcessResources before = resources(destination);
        Path wire = freshPath();

        Programs.Result failed = migrate(source, destination, "unix:" + freshPath(), "--listen", "unix:" + wire);

        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.output()).contains("Failed to connect to");
        assertThat(destination.qmp().migrationStatus()).isEqualTo(CANCELLED);
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
        assertThat(Files.exists(wire)).isFalse();
        assertForgotten(destination, "migrate-incoming");
        assertForgotten(source, "migrate");
        destination.awaitNoMoreThan(before);

        assertThat(migrate(source, destination, "unix:" + wire).status()).isZero();
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
    }

    /** A client that was killed in between has told nobody to forget: the next one is not kept from its way by that. */
    @Test
    void takesThePlaceOfOneThatWasNeverBegun() {
        DaemonProcess source = source();
        DaemonProcess destination = destination();
        identity(source);
        awaited(destination, NOBODY);

        Programs.Result moved = migrate(source, destination, "tcp:127.0.0.1:0");

        assertThat(moved.status()).describedAs(moved.output()).isZero();
        destination.qmp().awaitMigration(COMPLETED);
    }

    @Test
    @RequiresQemu
    void isNotForAQemu() {
        DaemonProcess source = source();
        QemuProcess destination = qemu("destination", QemuMachine.bare());

        Programs.Result refused = migrate(source, destination, "tcp:127.0.0.1:0");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("the destination cannot be secured so", "'migrate --secure'");
        assertThat(source.qmp().migrationStatus()).isEqualTo(NONE);
        assertForgotten(source, "migrate");
    }

    @Test
    void isNotForADestinationThatDoesNotWaitToBeTold() {
        DaemonProcess source = source();
        DaemonProcess destination = daemon("destination",
                GuestOptions.workload().with("--incoming", unixUri("plain")));

        Programs.Result refused = migrate(source, destination, "tcp:127.0.0.1:0");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("the destination: Guest is waiting for an incoming migration");
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(destination.qmp().migrationStatus()).isEqualTo(SETUP);
    }
}
