package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.Endpoint;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever becomes of the image, the guest runs on, and no page of it stays protected. */
final class BackgroundSnapshotFaultsTest extends EngineTest {
    private static final int PAGES = 2000;

    @BeforeEach
    void assumeWriteProtection() {
        DirtyTracking.assume();
    }

    private Path image() {
        return dir.resolve("image");
    }

    private static Side source(MigrationCapability... more) throws Exception {
        return Side.running(PAGES).with(MigrationCapability.BACKGROUND_SNAPSHOT, more);
    }

    private static void assertRunsUnharmed(Side side) {
        assertThat(side.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(side.guest.isRunning()).isTrue();
        for (int page = 0; page < PAGES; page++) {
            assertThat(side.guest.read(page)).isEqualTo(page + 1);
            side.guest.write(page, 7); // would wait for ever if it were still protected
        }
    }

    private static void awaitSomeSaved(OutgoingMigration out) {
        Eventually.until("some is saved", () -> out.counters().normalPages() > 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCancelLeavesNothing(boolean mappedRam) throws Exception {
        try (Side source = mappedRam ? source(MigrationCapability.MAPPED_RAM) : source()) {
            source.set("max-bandwidth", 1 << 20);
            OutgoingMigration out = source.migrate(new Endpoint.File(image(), 0));
            awaitSomeSaved(out);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            assertThat(image()).doesNotExist();
            assertThat(source.told).containsExactly("setup", "active", "STOP", "RESUME", "cancelling", "cancelled");
            assertRunsUnharmed(source);
        }
    }

    /** The whole stream is some 8 MB. */
    @ParameterizedTest
    @ValueSource(ints = {0, 7, 100_000, 3_000_000})
    void thePeerGoesAway(int after) throws Exception {
        try (Side source = source();
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket().path()))) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                ByteBuffer buffer = ByteBuffer.allocate(after);
                while (buffer.hasRemaining() && peer.read(buffer) >= 0) {
                    // on
                }
            }
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("Unable to write to socket: ");
            assertRunsUnharmed(source);
        }
    }

    @Test
    void aPeerThatDoesNotReadHoldsNobodyUp() throws Exception {
        try (Side source = source();
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket().path()))) {
            OutgoingMigration out = source.migrate(socket());
            try (SocketChannel peer = server.accept()) {
                Eventually.until("the instant is caught", () -> source.told.contains("RESUME"));
                assertRunsUnharmed(source);
                assertThat(out.state().status()).isEqualTo(MigrationStatus.ACTIVE);
                assertThat(peer.isConnected()).isTrue();
                out.cancel();
                Eventually.status(out.state(), MigrationStatus.CANCELLED);
            }
        }
    }

    /** The descriptor is one for reading: the first write fails. */
    @Test
    void aFileThatCannotBeWrittenFailsItBeforeTheGuestNotices() throws Exception {
        Files.createFile(image());
        try (Side source = source(MigrationCapability.MAPPED_RAM)) {
            OutgoingMigration out = source.migrate(new Endpoint.Descriptor(
                    forWriting -> Fd.open(image(), Set.of(OpenFlag.READ), 0),
                    OptionalLong.empty()));
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(source.told).containsExactly("setup", "failed");
            assertRunsUnharmed(source);
        }
    }

    @Test
    void theNextOneWorksAfterOneThatFailed() throws Exception {
        try (Side source = source(MigrationCapability.MAPPED_RAM)) {
            OutgoingMigration failed = source.prepare(new Endpoint.File(image(), 0));
            try {
                failed.<IOException>begin(() -> {
                    throw new IOException("no");
                });
            } catch (IOException expected) {
                assertThat(expected).hasMessage("no");
            }
            OutgoingMigration out = source.migrate(new Endpoint.File(image(), 0));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(image()).exists();
            assertRunsUnharmed(source);
        }
    }

    @Test
    void whatIsOnlyHeldIsNotSavedInTheBackground() throws Exception {
        try (HeldSide held = HeldSide.inMemory(1 << 20).with(MigrationCapability.BACKGROUND_SNAPSHOT)) {
            OutgoingMigration out = held.migrate(new Endpoint.File(image(), 0));
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(out.state().errorDesc().orElseThrow()).contains("does not run here");
        }
    }
}
