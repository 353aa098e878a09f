package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.PendingPages;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress.Inet;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest moves between two sides of this process, over real channels. */
final class PrecopyTest extends EngineTest {
    private static final int PAGES = 1000;

    private static void assertArrived(Side source, Side target) {
        for (int page = 0; page < PAGES; page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
        assertThat(target.guest.device().counter).isEqualTo(source.guest.device().counter);
        assertThat(target.guest.isRunning()).isTrue();
        assertThat(source.guest.isRunning()).isFalse();
        assertThat(source.guest.isLogging()).isFalse();
        assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
        assertThat(target.run.state()).isEqualTo(RunState.RUNNING);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void movesMemoryAndDevicesOverASocket(boolean returnPath) throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            if (returnPath) {
                source.with(MigrationCapability.RETURN_PATH);
            }
            source.guest.device().counter = 42;
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
            assertThat(out.counters().transferredBytes()).isEqualTo(in.counters().transferredBytes());
            assertThat(out.counters().normalPages()).isEqualTo(PAGES);
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "PASS 2", "STOP", "device", "PASS 3",
                    "completed");
            assertThat(target.told).containsExactly("setup", "active", "RESUME", "completed");
            assertThat(socket().path()).doesNotExist();
        }
    }

    @Test
    void movesOverTcpToAPortThatTheKernelChose() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(new Endpoint.Tcp("127.0.0.1", 0));
            var listening = (Inet) in.addresses().getFirst();
            OutgoingMigration out = source.migrate(new Endpoint.Tcp("127.0.0.1", listening.port()));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
        }
    }

    @Test
    void movesThroughAFileAtAnOffsetAndKeepsWhatLiesBefore() throws Exception {
        Path file = dir.resolve("image");
        Files.writeString(file, "a header of the client's own, and more");
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            OutgoingMigration out = source.migrate(new Endpoint.File(file, 8));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(Files.size(file)).isEqualTo(8 + out.counters().transferredBytes());
            try (var written = Files.newInputStream(file)) {
                assertThat(written.readNBytes(8)).asString().isEqualTo("a header");
            }
            IncomingMigration in = target.await(new Endpoint.File(file, 8));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
        }
    }

    @Test
    void movesThroughCommands() throws Exception {
        Path file = dir.resolve("piped");
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            OutgoingMigration out = source.migrate(new Endpoint.Exec(
                    List.of("/bin/sh", "-c", "cat > '" + file + ".part' && mv '" + file + ".part' '" + file + "'")));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.until("the command's end", () -> Files.exists(file));
            IncomingMigration in = target.await(new Endpoint.Exec(List.of("cat", file.toString())));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
        }
    }

    @Test
    void sendsWhatWasWrittenMeanwhileAgain() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            source.guest.afterTakeDirty = () -> {
                if (source.guest.isRunning()) {
                    source.guest.write(3, 3000 + source.told.size());
                    source.guest.write(999, 4000 + source.told.size());
                }
            };
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
            assertThat(target.guest.read(3)).isGreaterThan(3000);
        }
    }

    @Test
    void sendsAPageThatBecameZeroAsZeroAndTheOtherSideForgetsWhatItHeld() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            source.guest.afterTakeDirty = () -> {
                if (source.guest.isRunning()) {
                    source.guest.write(7, 0);
                }
            };
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
            assertThat(out.counters().zeroPages()).isPositive();
        }
    }

    @Test
    void listsOnlyWhatWasEverTouched() throws Exception {
        int large = 1 << 18; // 1 GiB
        try (var untouched = new MemoryGuest(large)) {
            untouched.write(0, 1);
            var pending = new PendingPages(untouched.ram());
            pending.addTouched();
            assertThat(pending.count()).isBetween(1L, 512L); // one huge page at the most
        }
    }

    @Test
    void aPausedGuestArrivesPausedAfterTwoPasses() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            source.run.stop();
            source.told.clear();
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(target.run.state()).isEqualTo(RunState.PAUSED);
            assertThat(target.guest.isRunning()).isFalse();
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "device", "PASS 2", "completed");
            assertThat(target.told).containsExactly("setup", "active", "completed");
        }
    }

    @Test
    void waitsInPreSwitchoverUntilToldToGoOn() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER,
                MigrationCapability.RETURN_PATH, MigrationCapability.SWITCHOVER_ACK);
                Side target = Side.waiting(PAGES).with(MigrationCapability.SWITCHOVER_ACK)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
            assertThat(source.run.state()).isEqualTo(RunState.FINISH_MIGRATE);
            out.continueFrom(MigrationStatus.PRE_SWITCHOVER);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "PASS 2", "STOP", "pre-switchover",
                    "device", "PASS 3", "completed");
        }
    }
}
