package io.godwit.it.hosts;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The network between two hosts is cut, falls silent, is slow or late in mid-migration: before the hand-over the guest runs on at
 * its source as if nothing had been; after it, it waits at the destination until the connection is there again.
 */
class BrokenNetworkIT extends HostsTest {
    private static final long SLOW = 8 << 20;
    private static final long SOME_PROGRESS = 2 << 20;
    private static final long LINE_RATE = 32 << 20;
    private static final GuestOptions GUEST = GuestOptions.workload();

    @Test
    void aCutBeforeTheHandOverFailsAndTheGuestGoesNextTime() throws IOException {
        Host source = godwit("source", GUEST);
        Wire wire = beginSlowly(source, godwit("destination", GUEST.incoming()));

        wire.cut();

        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString()).isNotBlank();
        assertRunsHereAndCanGo(source);
    }

    @Test
    void aSilenceBeforeTheHandOverCanBeCalledOffAndTheGuestGoesNextTime() throws IOException {
        Host source = godwit("source", GUEST);
        Wire wire = beginSlowly(source, godwit("destination", GUEST.incoming()));

        wire.fallSilent();
        source.qmp().execute("migrate_cancel");

        source.qmp().awaitMigration(CANCELLED);
        assertRunsHereAndCanGo(source);
    }

    /** The destination answers when all has come, so that the source cannot think that it was quicker than the line. */
    @Test
    void aGuestGoesThroughASlowAndLateNetwork() throws IOException {
        Host source = godwit("source", GUEST);
        Host destination = godwit("destination", GUEST.incoming());
        Wire wire = wireTo(destination);
        wire.delay(Duration.ofMillis(40));
        wire.throttle(LINE_RATE);
        for (Host side : List.of(source, destination)) {
            side.qmp().setCapabilities("return-path");
        }

        destination.listen();
        source.migrate(wire.uri());

        long milliseconds = source.qmp().awaitMigration(COMPLETED).path("total-time").asLong();
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
        assertThat(milliseconds).isGreaterThanOrEqualTo(wire.carried() * 1000 / LINE_RATE);
    }

    /** Cut by the network, then silent until the operator pauses it: recovered each time, and everything that came before counts. */
    @Test
    void afterTheHandOverTheGuestWaitsForTheNetworkAndGoesOn() throws IOException {
        Host source = godwit("source", GUEST);
        Host destination = godwit("destination", GUEST.incoming());
        for (Host side : List.of(source, destination)) {
            side.qmp().setCapabilities("postcopy-ram", "postcopy-preempt", "events");
        }
        source.qmp().setParameter("max-postcopy-bandwidth", SLOW);
        Wire wire = wireTo(destination);
        destination.listen();
        source.migrate(wire.uri());
        source.qmp().execute("migrate-start-postcopy");
        awaitPostcopyBytes(source, SOME_PROGRESS);

        wire.cut();
        recover(source, destination, wire);
        awaitPostcopyBytes(source, 2 * SOME_PROGRESS);
        wire.fallSilent();
        source.qmp().execute("migrate-pause");
        destination.qmp().execute("migrate-pause");
        recover(source, destination, wire);
        source.qmp().setParameter("max-postcopy-bandwidth", 0);

        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
        assertThat(destination.qmp().migrationEvents()).filteredOn("postcopy-paused"::equals).hasSize(2);
        assertThat(destination.qmp().eventNames()).filteredOn("RESUME"::equals).hasSize(1);
        assertThat(source.qmp().eventNames()).contains("STOP").doesNotContain("RESUME");
    }

    /** A migration that has sent something and has much to send. */
    private Wire beginSlowly(Host source, Host destination) throws IOException {
        source.qmp().setParameter("max-bandwidth", SLOW);
        Wire wire = wireTo(destination);
        destination.listen();
        source.migrate(wire.uri());
        Until.holds("the migration carried " + SOME_PROGRESS + " bytes", () -> wire.carried() >= SOME_PROGRESS);
        return wire;
    }

    private void assertRunsHereAndCanGo(Host source) {
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(source.verify()).isNotBlank();
        source.qmp().setParameter("max-bandwidth", 0);
        Host refuge = godwit("refuge", GUEST.incoming());
        source.migrate(refuge.listen());
        source.qmp().awaitMigration(COMPLETED);
        refuge.qmp().awaitRunState("running");
        assertThat(refuge.verify()).isNotBlank();
    }

    private static void recover(Host source, Host destination, Wire wire) throws IOException {
        source.qmp().awaitMigration(POSTCOPY_PAUSED);
        destination.qmp().awaitMigration(POSTCOPY_PAUSED);
        wire.cut();
        wire.mend();
        destination.qmp().execute("migrate-recover", Map.of("uri", "tcp:0.0.0.0:" + Host.PORT));
        source.qmp().execute("migrate", Map.of("uri", wire.uri(), "resume", true));
        source.qmp().awaitMigration(POSTCOPY_ACTIVE, COMPLETED);
    }

    private static void awaitPostcopyBytes(Host source, long bytes) {
        Until.holds("its postcopy-bytes became " + bytes,
                () -> source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0) >= bytes);
    }
}
