package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that misbehave and operators who change their minds: the source's guest is never lost and never run twice. */
final class SourceFaultsTest extends EngineTest {
    private static final int PAGES = 300;
    /** What a destination answers that has loaded everything; it does no harm to say so early. */
    private static final byte[] PONG_LOADED = {0, 2, 0, 4, 0x60, (byte) 0xd3, 0x17, (byte) 0xed};

    private ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket().path()));
    }

    private static void assertRunsOn(Side source) {
        assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(source.guest.isRunning()).isTrue();
        assertThat(source.guest.isLogging()).isFalse();
        assertThat(source.guest.throttle()).isZero();
    }

    @Test
    void nobodyListensIsSaidAndTheNextMigrationIsFree() throws Exception {
        try (Side source = Side.running(PAGES)) {
            for (int i = 0; i < 2; i++) {
                OutgoingMigration out = source.migrate(socket());
                Eventually.status(out.state(), MigrationStatus.FAILED);
                assertThat(out.state().errorDesc())
                        .contains("Failed to connect to '" + socket().path() + "': No such file or directory");
                assertRunsOn(source);
            }
            assertThat(source.told).containsExactly("setup", "failed", "setup", "failed");
        }
    }

    @Test
    void aPathTooLongForASocketIsSaid() throws Exception {
        try (Side source = Side.running(PAGES)) {
            OutgoingMigration out = source.migrate(new Endpoint.Unix(Path.of("/tmp/" + "x".repeat(120))));
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("UNIX socket path '/tmp/x")
                    .endsWith("is too long");
        }
    }

    @Test
    void whatCannotBeOpenedHasFailedBeforeTheCallReturns() throws Exception {
        try (Side source = Side.running(PAGES)) {
            var nowhere = new Endpoint.File(dir.resolve("no/such/dir"), 0);
            assertThatThrownBy(() -> source.migrate(nowhere)).isInstanceOf(MigrationException.ChannelLost.class)
                    .hasMessage("Could not create '" + nowhere.path() + "': No such file or directory");
            assertThatThrownBy(
                    () -> source.migrate(new Endpoint.Exec(List.of(dir.resolve("no-such-program").toString()))))
                    .isInstanceOf(MigrationException.ChannelLost.class).hasMessageContaining("no-such-program");
            assertThatThrownBy(() -> source.migrate(new Endpoint.Exec(List.of())))
                    .isInstanceOf(MigrationException.ChannelLost.class);
            assertThat(source.told).containsExactly("setup", "failed", "setup", "failed", "setup", "failed");
            assertRunsOn(source);
        }
    }

    @Test
    void aReturnPathNeedsAChannelThatLeadsBothWays() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.RETURN_PATH)) {
            OutgoingMigration out = source.migrate(new Endpoint.File(dir.resolve("f"), 0));
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("Unable to open return-path");
            assertRunsOn(source);
        }
    }

    /** The whole stream is some 1.2 MB; wherever before its end the peer goes, the guest goes on here. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 100, 4096, 100_000, 1_000_000})
    void thePeerGoesAwayInMidStream(int after) throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                readExactly(peer, after);
            }
            Eventually.until("pre-switchover or the end", () -> out.state().status() != MigrationStatus.SETUP
                    && out.state().status() != MigrationStatus.ACTIVE);
            if (out.state().status() == MigrationStatus.PRE_SWITCHOVER) {
                out.continueFrom(MigrationStatus.PRE_SWITCHOVER); // the peer's end was not noticed yet: the buffers took it all
            }
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("Unable to write to socket: ");
            assertRunsOn(source);
        }
    }

    private static void readExactly(SocketChannel peer, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && peer.read(buffer) >= 0) {
            // on
        }
    }

    @Test
    void aPeerThatStallsIsCancelled() throws Exception {
        try (Side source = Side.running(4096); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                readExactly(peer, 10_000); // then no more: the socket's buffers fill up
                Eventually.status(out.state(), MigrationStatus.ACTIVE);
                out.cancel();
                Eventually.status(out.state(), MigrationStatus.CANCELLED);
            }
            assertRunsOn(source);
            assertThat(source.told).contains("cancelling").endsWith("cancelled");
        }
    }

    @Test
    void aPipeThatNobodyReadsIsCancelled() throws Exception {
        try (Side source = Side.running(4096)) {
            OutgoingMigration out = source.migrate(new Endpoint.Exec(List.of("sleep", "60")));
            Eventually.status(out.state(), MigrationStatus.ACTIVE);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            assertRunsOn(source);
        }
    }

    @Test
    void aCancelInPreSwitchoverTakesTheGuestBack() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                Thread drain = Thread.ofPlatform().start(() -> drain(peer));
                Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
                out.cancel();
                Eventually.status(out.state(), MigrationStatus.CANCELLED);
                drain.join();
            }
            assertRunsOn(source);
            assertThat(source.told).endsWith("STOP", "pre-switchover", "cancelling", "RESUME", "cancelled");
        }
    }

    private static void drain(SocketChannel peer) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (peer.read(buffer.clear()) >= 0) {
                // away with it
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A destination that has all of the guest and then says what {@code lastWord} says, or nothing. */
    private OutgoingMigration migrateTo(Side source, byte[] lastWord, MigrationStatus expected) throws Exception {
        source.with(MigrationCapability.RETURN_PATH);
        try (ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                peer.write(ByteBuffer.wrap(PONG_LOADED));
                // The vmdesc is the last that comes: its closing brackets end the stream.
                ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
                String tail = "";
                while (!tail.endsWith("}]}]}")) {
                    int got = peer.read(buffer.clear());
                    assertThat(got).isPositive();
                    String text = new String(buffer.array(), 0, got, StandardCharsets.ISO_8859_1);
                    tail = tail + text;
                    tail = tail.substring(Math.max(0, tail.length() - 5));
                }
                peer.write(ByteBuffer.wrap(lastWord));
            }
            Eventually.status(out.state(), expected);
            return out;
        }
    }

    /** It has all pages and devices in its buffers, but has not said that it could load them. */
    @Test
    void aDestinationThatDiesBeforeItHasLoadedTheGuestGivesItBack() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.RETURN_PATH);
                ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                readExactly(peer, PAGES * 4104);
                Eventually.status(out.state(), MigrationStatus.DEVICE);
            }
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertRunsOn(source);
            assertThat(source.told).endsWith("STOP", "device", "PASS 3", "RESUME", "failed");
        }
    }

    @Test
    void aDestinationThatSaysItFailedGivesTheGuestBack() throws Exception {
        try (Side source = Side.running(PAGES)) {
            OutgoingMigration out = migrateTo(source, new byte[]{0, 1, 0, 4, 0, 0, 0, 1}, MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).contains("the destination could not load the guest");
            assertRunsOn(source);
        }
    }

    @Test
    void aDestinationThatIsLostAfterTheHandOverKeepsTheGuestStoppedHere() throws Exception {
        try (Side source = Side.running(PAGES)) {
            OutgoingMigration out = migrateTo(source, new byte[0], MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).contains("may be running the guest");
            assertThat(source.guest.isRunning()).isFalse();
            assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
            source.run.cont(); // the operator knows better
            assertThat(source.guest.isRunning()).isTrue();
        }
    }

    @Test
    void aDestinationThatTalksNonsenseAfterTheHandOverKeepsTheGuestStoppedHere() throws Exception {
        try (Side source = Side.running(PAGES)) {
            migrateTo(source, "HTTP/1.1 400 Bad Request".getBytes(StandardCharsets.US_ASCII), MigrationStatus.FAILED);
            assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
        }
    }

    @Test
    void aDestinationOfAnotherUuidRefusesAndTheGuestGoesOnHere() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.VALIDATE_UUID, MigrationCapability.RETURN_PATH)
                .with(new UUID(1, 1));
                Side target = Side.waiting(PAGES).with(MigrationCapability.VALIDATE_UUID).with(new UUID(1, 2))) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(in.state(), MigrationStatus.FAILED);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc()).contains(
                    "load of migration failed: UUID received is %s and local is %s".formatted(new UUID(1, 1),
                            new UUID(1, 2)));
            assertRunsOn(source);
        }
    }
}
