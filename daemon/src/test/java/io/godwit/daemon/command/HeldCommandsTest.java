package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.daemon.block.NoDisks;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.restore.Pager;
import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is asked of held guests, as a client can ask it. */
@Timeout(60)
class HeldCommandsTest {
    private static final GuestSpec.Kind RUNS_HERE = new GuestSpec.Workload(1, 0, 0, 0);

    @Test
    void aGuestThatRunsHereHasTheQuestionInItsSchemaAndHoldsNothing() throws IOException, QmpException {
        var spec = new GuestSpec("", RUNS_HERE, 4 << 20, new GuestSpec.Ram.Anonymous(), true, false, Optional.empty(),
                true);
        try (var engine = MigrationEngine.start(spec, new EngineEvents() {});
                var monitors = new GuestMonitors("g", Clock.systemUTC(), (command, outcome, nanos) -> {}, reason -> {});
                var descriptors = new DescriptorTable();
                var pager = new Pager(Optional.empty(), engine::parameters, monitors::restoreChanged)) {
            var commands = Commands.of(engine, monitors, descriptors, new UserObjects(), new PinnedTls(watcher -> {}),
                    new NoDisks(),
                    new Jobs(monitors::jobStatus), pager, () -> {});
            assertThat(commands.execute("query-qmp-schema", Json.object(), false, new Nobody()).toString())
                    .contains("{\"name\":\"x-godwit-query-held\",\"meta-type\":\"command\","
                            + "\"arg-type\":\"{}\",\"ret-type\":\"any\"}");
            assertThatThrownBy(() -> commands.execute("x-godwit-query-held", Json.object(), false, new Nobody()))
                    .isInstanceOf(QmpException.class)
                    .hasMessage("This guest runs here: only a held guest (--accel none) can be looked into");
        }
    }

    @Test
    void aFailedMigrationEndsTheDaemonUnlessItHoldsGuestsOrIsToldOtherwise() {
        var held = new GuestSpec.Held();
        assertThat(MigrateIncoming.exitOnError(Optional.empty(), RUNS_HERE)).isTrue();
        assertThat(MigrateIncoming.exitOnError(Optional.of(false), RUNS_HERE)).isFalse();
        assertThat(MigrateIncoming.exitOnError(Optional.empty(), held)).isFalse();
        assertThat(MigrateIncoming.exitOnError(Optional.of(true), held)).isTrue();
    }
}
