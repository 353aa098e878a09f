package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.DirtyRateMeasureMode;
import io.godwit.protocol.qapi.DirtyRateStatus;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;

/** The guest writes 1 MiB of its 8 again and again. */
@Timeout(120)
class DirtyRateByLogTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Endpoint NOWHERE = new Endpoint.Exec(List.of("/bin/sh", "-c", "cat >/dev/null"));

    private final MigrationEngine engine = MigrationEngine.start(
            new GuestSpec("", new GuestSpec.Workload(1, 2 << 20, 1 << 20, 20_000), 8 << 20,
                    new GuestSpec.Ram.Anonymous(), false, false, Optional.empty(), true),
            new EngineEvents() {});

    DirtyRateByLogTest() throws IOException {}

    @BeforeAll
    static void needsADirtyLog() {
        DirtyTracking.assume();
    }

    @AfterEach
    void nothingIsLeft() {
        engine.close();
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("dirty-rate");
    }

    private DirtyRateInfo measured() {
        Eventually.until("measured", () -> engine.dirtyRate().status() != DirtyRateStatus.MEASURING);
        return engine.dirtyRate();
    }

    /** Again and again: on a busy machine the guest may not run for all of a measurement. */
    @Test
    void countsEachWrittenPageOnce() throws MigrationException {
        DirtyRateInfo info;
        do {
            engine.startDirtyRateByLog(SHORT);
            info = measured();
            assertThat(info.status()).isEqualTo(DirtyRateStatus.MEASURED);
            assertThat(info.mode()).isEqualTo(DirtyRateMeasureMode.DIRTY_BITMAP);
            assertThat(info.samplePages()).isZero();
            assertThat(info.dirtyRate().orElseThrow()).as("no more than all of RAM in half a second")
                    .isLessThanOrEqualTo(16);
        } while (info.dirtyRate().orElseThrow() == 0);
    }

    @Test
    void makesWayForAMigration() throws MigrationException {
        engine.startDirtyRateByLog(LONG);
        engine.migrate(NOWHERE, false);
        assertThat(engine.dirtyRate().status()).isEqualTo(DirtyRateStatus.UNSTARTED);
        Eventually.until("completed", () -> engine.queryMigrate().status().filter(MigrationStatus.COMPLETED::equals)
                .isPresent());
    }

    @Test
    void isRefusedWhileAMigrationHasTheLog() throws MigrationException, QmpException {
        engine.setParameters(MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE
                .parse(JsonNodeFactory.instance.objectNode().put("max-bandwidth", 4096).put("downtime-limit", 0))));
        engine.migrate(NOWHERE, false);
        assertThatThrownBy(() -> engine.startDirtyRateByLog(SHORT))
                .hasMessage("A migration has the guest's dirty log: use page-sampling meanwhile");
        engine.startDirtyRate(SHORT, 512);
        engine.cancel();
    }
}
