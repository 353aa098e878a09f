package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresKvm;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The monitors of both sides answer while a guest waits for memory that does not come. */
class PostcopyMonitorIT extends MigrationTest {

    private static final Map<String, ?> THE_MIGRATION = Map.of("instances", List.of(Map.of("type", "migration")));

    private record Pair(DaemonProcess source, DaemonProcess destination) {}

    @Test
    @RequiresKvm
    void ofAMachine() {
        assertAnswers(goneWithAlmostNothing(GuestOptions.kvm()));
    }

    @Test
    void ofAWorkload() {
        assertAnswers(goneWithAlmostNothing(GuestOptions.workload(128, "fill=64M,dirty=64M,rate=100000")));
    }

    /** As an operator would break off what hangs: the destination's own connection, which its source notices. */
    @Test
    void aYankAtTheDestinationPausesBothSidesAndTheyGoOn() {
        Pair pair = goneWithAlmostNothing(GuestOptions.workload());
        QmpClient source = pair.source().qmp();
        QmpClient destination = pair.destination().qmp();
        assertThat(destination.execute("query-yank")).hasToString("[{\"type\":\"migration\"}]");

        destination.execute("yank", THE_MIGRATION);

        destination.awaitMigration(POSTCOPY_PAUSED);
        source.awaitMigration(POSTCOPY_PAUSED);
        source.setParameter("max-postcopy-bandwidth", 0);
        String again = "unix:" + freshPath();
        destination.execute("migrate-recover", Map.of("uri", again));
        source.execute("migrate", Map.of("uri", again, "resume", true));
        source.awaitMigration(COMPLETED);
        destination.awaitMigration(COMPLETED);
        assertThat(pair.destination().verify()).isNotBlank();
        assertThatThrownBy(() -> destination.execute("yank", THE_MIGRATION)).isInstanceOf(QmpError.class)
                .hasMessageContaining("Instance not found");
    }

    /** The guest runs there with the pages that it has asked for, and nothing else comes. */
    private Pair goneWithAlmostNothing(GuestOptions guest) {
        var pair = new Pair(daemon("source", guest), daemon("destination", guest.incoming()));
        for (DaemonProcess side : List.of(pair.source(), pair.destination())) {
            side.qmp().setCapabilities("events", "postcopy-ram");
        }
        pair.source().qmp().setParameter("max-bandwidth", 1 << 20);
        pair.source().qmp().setParameter("max-postcopy-bandwidth", 1);
        migrate(pair.source(), pair.destination().listen("unix:" + freshPath()));
        pair.source().qmp().execute("migrate-start-postcopy");
        pair.destination().qmp().awaitRunState("running");
        return pair;
    }

    private static void assertAnswers(Pair pair) {
        QmpClient source = pair.source().qmp();
        QmpClient destination = pair.destination().qmp();
        source.execute("migrate-pause");
        source.awaitMigration(POSTCOPY_PAUSED);
        destination.awaitMigration(POSTCOPY_PAUSED);

        for (int i = 0; i < 3; i++) {
            destination.execute("stop");
            assertThat(destination.runState()).isEqualTo("paused");
            destination.execute("cont");
            assertThat(destination.runState()).isEqualTo("running");
        }
        source.execute("stop");
        assertThatThrownBy(() -> source.execute("cont")).isInstanceOf(QmpError.class);
        for (DaemonProcess side : List.of(pair.destination(), pair.source())) {
            side.qmp().execute("quit");
            assertThat(side.awaitExit()).isZero();
        }
    }
}
