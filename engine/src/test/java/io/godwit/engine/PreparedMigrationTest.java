package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Through the engine's door: a guest that writes its RAM, saved together with something else. */
final class PreparedMigrationTest extends EngineTest {
    private static final long MIB = 1 << 20;

    @BeforeEach
    void assumeWriteProtection() {
        DirtyTracking.assume();
    }

    private static MigrationEngine workload(boolean incoming) throws Exception {
        var engine = MigrationEngine.start(new GuestSpec("guest",
                new GuestSpec.Workload(1, 32 * MIB, 32 * MIB, 1_000_000), 64 * MIB, new GuestSpec.Ram.Anonymous(),
                false, incoming, Optional.empty(), false), new EngineEvents() {});
        engine.setCapabilities(MigrationCapabilities.of(EnumSet.of(MigrationCapability.MAPPED_RAM)));
        return engine;
    }

    private Endpoint file() {
        return new Endpoint.File(dir.resolve("image"), 0);
    }

    private static void await(MigrationEngine engine, MigrationStatus status) {
        Eventually.until("status " + status, () -> engine.queryMigrate().status().orElseThrow() == status);
    }

    @Test
    void isAGuestOfItsOwnOnTheOtherSideAndThisOneRunsOn() throws Exception {
        try (MigrationEngine source = workload(false); MigrationEngine target = workload(true)) {
            try (PreparedMigration prepared = source.prepareSnapshot(file())) {
                assertThat(source.queryMigrate().status()).contains(MigrationStatus.SETUP);
                assertThat(source.runState()).isEqualTo(RunState.RUNNING);
                assertThatThrownBy(() -> source.migrate(file(), false)).isInstanceOf(MigrationException.Refused.class)
                        .hasMessage("There's a migration process in progress");
                prepared.begin(() -> assertThat(source.runState()).isEqualTo(RunState.PAUSED));
            }
            await(source, MigrationStatus.COMPLETED);
            assertThat(source.runState()).isEqualTo(RunState.RUNNING);
            assertThat(source.verify()).startsWith("intact");
            target.migrateIncoming(file(), false);
            await(target, MigrationStatus.COMPLETED);
            assertThat(target.verify()).startsWith("intact");
        }
    }

    @Test
    void closedUnbegunItIsCancelledAndTheNextMayCome() throws Exception {
        try (MigrationEngine source = workload(false)) {
            source.prepareSnapshot(file()).close();
            assertThat(source.queryMigrate().status()).contains(MigrationStatus.CANCELLED);
            source.prepareSnapshot(file()).begin(() -> {});
            await(source, MigrationStatus.COMPLETED);
        }
    }

    @Test
    void aResetMeanwhileDoesNotChangeWhatIsSaved() throws Exception {
        try (MigrationEngine source = workload(false); MigrationEngine target = workload(true)) {
            source.prepareSnapshot(file()).begin(() -> {});
            source.systemReset();
            await(source, MigrationStatus.COMPLETED);
            assertThat(source.verify()).startsWith("intact");
            target.migrateIncoming(file(), false);
            await(target, MigrationStatus.COMPLETED);
            assertThat(target.verify()).startsWith("intact");
        }
    }

    @Test
    void aGuestThatIsTakenAwayWhileItIsPreparedEndsIt() throws Exception {
        PreparedMigration prepared;
        try (MigrationEngine source = workload(false)) {
            prepared = source.prepareSnapshot(file());
        }
        assertThatThrownBy(() -> prepared.begin(() -> {})).isInstanceOf(MigrationException.class);
        prepared.close();
    }
}
