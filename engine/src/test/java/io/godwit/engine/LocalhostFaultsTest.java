package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The other side of a move is no Godwit, or another, or goes: before the pages move the guest goes on where it was. */
final class LocalhostFaultsTest extends EngineTest {
    private static final int PAGES = 3000;
    private static final int MAGIC = 0x47644c4d;
    private static final int ACCEPTED = 2;
    private static final int READY = 5;

    private ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket().path()));
    }

    private static Side running(Way way) throws Exception {
        return way == Way.HANDOVER ? Side.runningInMemfds(PAGES) : Side.running(PAGES);
    }

    private static void assertRunsOn(Side source) {
        assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(source.guest.isRunning()).isTrue();
        for (int page = 0; page < PAGES; page++) {
            assertThat(source.guest.read(page)).as("page %d", page).isEqualTo(page + 1);
        }
    }

    /** A destination that a test plays: it hears what comes, without descriptors, which are lost. */
    private record Player(SocketChannel socket, DataInputStream in, DataOutputStream out) implements AutoCloseable {

        static Player accept(ServerSocketChannel server) throws IOException {
            SocketChannel socket = server.accept();
            return new Player(socket, new DataInputStream(Channels.newInputStream(socket)),
                    new DataOutputStream(Channels.newOutputStream(socket)));
        }

        Player greet(int version) throws IOException {
            assertThat(in.readInt()).isEqualTo(MAGIC);
            assertThat(in.readInt()).isEqualTo(1);
            out.writeInt(MAGIC);
            out.writeInt(version);
            return this;
        }

        Player hear(int type) throws IOException {
            assertThat(in.readInt()).isEqualTo(type);
            in.readNBytes(in.readInt());
            return this;
        }

        Player say(int type) throws IOException {
            out.writeInt(type);
            out.writeInt(0);
            return this;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void aPeerThatHangsUpIsNoGodwit() throws Exception {
        try (Side source = Side.running(PAGES); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            server.accept().close();
            Eventually.status(out.state(), MigrationStatus.FAILED);
            out.join();
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("the other side has hung up");
            assertRunsOn(source);
            assertThat(source.told).containsExactly("setup", "failed");
        }
    }

    @Test
    void aPeerThatAnswersSomethingElseIsNoGodwit() throws Exception {
        try (Side source = Side.running(PAGES); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            try (Player player = Player.accept(server)) {
                player.out().writeLong(0x5145_564d_0000_0003L);
                Eventually.status(out.state(), MigrationStatus.FAILED);
            }
            out.join();
            assertThat(out.state().errorDesc().orElseThrow()).isEqualTo("the other side is no Godwit that waits for a "
                    + "guest: its answer begins with 0x5145564d, expected 0x47644c4d");
            assertRunsOn(source);
        }
    }

    @Test
    void aPeerOfAnotherVersionIsNamed() throws Exception {
        try (Side source = Side.running(PAGES); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            try (Player player = Player.accept(server)) {
                player.greet(2);
                Eventually.status(out.state(), MigrationStatus.FAILED);
            }
            out.join();
            assertThat(out.state().errorDesc()).contains(
                    "the other side speaks version 2 of localhost-migrate, expected 1");
            assertRunsOn(source);
        }
    }

    @Test
    void aPeerThatNeverAnswersIsCancelled() throws Exception {
        try (Side source = Side.running(PAGES); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            try (Player player = Player.accept(server)) {
                assertThat(player.in().readInt()).isEqualTo(MAGIC);
                out.cancel();
                Eventually.status(out.state(), MigrationStatus.CANCELLED);
            }
            out.join();
            assertRunsOn(source);
            assertThat(source.told).containsExactly("setup", "cancelling", "cancelled");
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aCancelBeforeTheSwitchoverLeavesTheGuestHere(Way way) throws Exception {
        try (Side source = running(way).with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), way);
            Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            in.join();
            out.join();
            assertRunsOn(source);
            assertThat(target.guest.touched()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aPeerWithLessRoomRefuses(Way way) throws Exception {
        try (Side source = running(way); Side target = Side.waiting(PAGES - 1)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), way);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            Eventually.status(in.state(), MigrationStatus.FAILED);
            out.join();
            assertThat(out.state().errorDesc().orElseThrow())
                    .startsWith("the other side says: Size mismatch: pc.ram: ");
            assertThat(in.state().errorDesc().orElseThrow()).contains("Size mismatch: pc.ram: ");
            assertRunsOn(source);
            assertThat(source.told).doesNotContain("STOP");
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void deviceStateThatDoesNotFitIsRefusedBeforeAPageMoves(Way way) throws Exception {
        try (Side source = running(way); Side target = Side.waiting(PAGES)) {
            target.guest.device().whileLoaded = () -> {
                throw new IllegalArgumentException("no such counter");
            };
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), way);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            in.join();
            out.join();
            assertThat(out.state().errorDesc()).contains("the other side says: no such counter");
            assertThat(out.counters().normalPages()).isZero();
            assertRunsOn(source);
            assertThat(source.told).containsExactly("setup", "active", "STOP", "device", "RESUME", "failed");
            assertThat(target.guest.touched()).isZero();
            target.guest.ram().getFirst().clear(); // what it had of a hand-over is not its any more
            assertThat(source.guest.read(7)).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aCancelWhileTheDevicesAreTriedLeavesTheGuestHere(Way way) throws Exception {
        try (Side source = running(way); Side target = Side.waiting(PAGES)) {
            var migration = new AtomicReference<OutgoingMigration>();
            target.guest.device().whileLoaded = () -> {
                Eventually.until("the migration is known", () -> migration.get() != null);
                migration.get().cancel();
            };
            IncomingMigration in = target.await(socket());
            migration.set(source.move(socket(), way));
            Eventually.status(migration.get().state(), MigrationStatus.CANCELLED);
            in.join();
            migration.get().join();
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertRunsOn(source);
            assertThat(target.guest.touched()).isZero();
            assertThat(source.told).endsWith("cancelling", "RESUME", "cancelled");
        }
    }

    /** After each answer in turn the peer goes; with the pipe's ends lost, not a page can leave. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aPeerThatGoesBeforeThePagesCostsNothing(int answers) throws Exception {
        try (Side source = Side.running(PAGES); ServerSocketChannel server = listen()) {
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            try (Player player = Player.accept(server)) {
                player.greet(1).hear(1);
                if (answers > 0) {
                    player.say(ACCEPTED).hear(4);
                }
                if (answers > 1) {
                    player.say(READY).hear(6);
                }
            }
            Eventually.status(out.state(), MigrationStatus.FAILED);
            out.join();
            assertRunsOn(source);
        }
    }
}
