package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Until;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * A guest runs on at a Godwit before its memory has come: it loses nothing, however often the connection is
 * lost.
 */
class PostcopyIT extends StockQemuTest {

    private static final int CUTS = 50;
    private static final long SLOW = 16 << 20;

    /** Fifty times the most that a link carries before it is cut must be less than the guest has, or it completes too early. */
    private static final int MOST_BETWEEN_CUTS = 512 << 10;

    private record Pair(DaemonProcess source, DaemonProcess destination) {}

    @Test
    void aWorkloadGoesBeforeAnyOfItsMemory() {
        Pair pair = pair(GuestOptions.workload());

        migrate(pair, "postcopy-ram");
        pair.source().qmp().execute("migrate-start-postcopy");

        assertRanOnThere(pair);
    }

    @Test
    @RequiresKvm
    void aMachineGoesBeforeAnyOfItsMemory() {
        Pair pair = pair(GuestOptions.kvm());
        Heartbeat.awaitLines(pair.source(), 2);

        migrate(pair, "postcopy-ram,postcopy-preempt");
        pair.source().qmp().execute("migrate-start-postcopy");

        assertRanOnThere(pair);
        Heartbeat.awaitLines(pair.destination(), 2);
        List<Integer> numbers = Heartbeat.numbers(pair.source(), pair.destination());
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
    }

    @Test
    void endsWhatPassesAloneWouldNot() {
        Pair pair = pair(GuestOptions.workload(128, "fill=64M,dirty=32M,rate=20000"));
        QmpClient source = pair.source().qmp();
        source.execute("migrate-set-parameters", Map.of("max-bandwidth", 32 << 20, "downtime-limit", 50));

        migrate(pair, "postcopy-ram");
        Until.holds("two passes were not enough",
                () -> source.queryMigrate().at("/ram/dirty-sync-count").asLong(0) >= 3);
        assertThat(source.migrationStatus()).isEqualTo(ACTIVE);
        source.execute("migrate-start-postcopy");

        assertRanOnThere(pair);
        assertThat(source.queryMigrate().at("/ram/precopy-bytes").asLong()).isPositive();
    }

    /** Where a cut hits is chosen by a seed and told in bytes of progress, so that a bad moment can be found again. */
    @Test
    void losesNothingHoweverOftenTheConnectionIsCut() {
        var random = new Random(20260301);
        Pair pair = pair(GuestOptions.workload());
        DaemonProcess source = pair.source();
        DaemonProcess destination = pair.destination();
        source.qmp().setParameter("max-postcopy-bandwidth", SLOW);

        migrate(pair, "postcopy-ram,postcopy-preempt");
        source.qmp().execute("migrate-start-postcopy");
        destination.qmp().awaitRunState("running");
        for (int cut = 0; cut < CUTS; cut++) {
            cutAndRecover(pair, cut % 2 == 0 ? source : destination, random.nextInt(MOST_BETWEEN_CUTS));
        }
        source.qmp().setParameter("max-postcopy-bandwidth", 0);

        awaitCompletion(source, destination);
        assertThat(destination.verify()).isNotBlank();
        assertThat(told(source)).filteredOn("postcopy-paused"::equals).hasSize(CUTS);
        assertThat(told(destination)).filteredOn("postcopy-paused"::equals).hasSize(CUTS);
        assertThat(told(destination)).filteredOn("RESUME"::equals).hasSize(1);
        assertGaveItAway(source);
    }

    /** The source stands still since the hand-over, so its RAM can be compared byte for byte, the graphics card's window included. */
    @ParameterizedTest
    @ValueSource(strings = {"postcopy-ram", "postcopy-ram,postcopy-preempt"})
    @RequiresQemu
    @RequiresBinutils
    void aStockQemusGuestComesByPostcopyToBeHeldAndGoesOn(String capabilities) {
        QemuProcess source = runningQemu("source");
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        source.qmp().setCapabilities(capabilities.split(",", -1));
        held.qmp().setCapabilities(capabilities.split(",", -1));
        held.qmp().setCapabilities("events");

        migrate(source, held.listen(unixUri("wire")));
        source.qmp().execute("migrate-start-postcopy");
        awaitCompletion(source, held);
        assertThat(held.qmp().migrationEvents()).containsExactly("setup", "active", "postcopy-active", "completed");
        assertThat(source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong()).isPositive();
        held.qmp().clearCapabilities(capabilities.split(",", -1));
        QemuProcess next = waitingQemu("next");
        migrate(held, next.listen(unixUri("on")));
        awaitCompletion(held, next);

        assertArrivedWhole(next, source.ramDigest());
    }

    /** A daemon with the guest and one that waits for it; both may still be starting. */
    private Pair pair(GuestOptions guest) {
        return new Pair(daemon("source", guest), daemon("destination", guest.incoming()));
    }

    private void migrate(Pair pair, String capabilities) {
        for (DaemonProcess side : List.of(pair.source(), pair.destination())) {
            side.qmp().setCapabilities("events");
            side.qmp().setCapabilities(capabilities.split(",", -1));
        }
        migrate(pair.source(), pair.destination().listen("unix:" + freshPath()));
    }

    private void cutAndRecover(Pair pair, DaemonProcess cutter, long bytes) {
        DaemonProcess source = pair.source();
        DaemonProcess destination = pair.destination();
        cutter.qmp().awaitMigration(POSTCOPY_ACTIVE);
        awaitProgress(source, "postcopy-bytes", postcopyBytes(source) + bytes);
        cutter.qmp().execute("migrate-pause");
        source.qmp().awaitMigration(POSTCOPY_PAUSED);
        destination.qmp().awaitMigration(POSTCOPY_PAUSED);
        String again = "unix:" + freshPath();
        destination.qmp().execute("migrate-recover", Map.of("uri", again));
        source.qmp().execute("migrate", Map.of("uri", again, "resume", true));
    }

    private static long postcopyBytes(DaemonProcess source) {
        return source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0);
    }

    private static void awaitProgress(DaemonProcess source, String counter, long bytes) {
        Until.holds("its " + counter + " became " + bytes,
                () -> source.qmp().queryMigrate().at("/ram/" + counter).asLong(0) >= bytes);
    }

    private static void assertRanOnThere(Pair pair) {
        DaemonProcess source = pair.source();
        DaemonProcess destination = pair.destination();
        awaitCompletion(source, destination);
        assertThat(destination.verify()).isNotBlank();
        assertThat(told(destination)).containsExactly("setup", "active", "postcopy-active", "RESUME", "completed");
        assertThat(told(source)).containsExactly("setup", "active", "STOP", "device", "postcopy-active", "completed");
        assertThat(source.qmp().runState()).isEqualTo("postmigrate");
        JsonNode sent = source.qmp().queryMigrate().get("ram");
        assertThat(sent.get("postcopy-bytes").asLong()).isPositive();
        assertThat(sent.get("transferred").asLong()).isLessThanOrEqualTo(2 * sent.get("total").asLong());
    }

    /** It was stopped for the hand-over, and never went on. */
    private static void assertGaveItAway(DaemonProcess source) {
        assertThat(told(source)).contains("STOP").doesNotContain("RESUME");
    }

    /** What a side said of its migration and its guest, in order. */
    private static List<String> told(ServerProcess side) {
        Iterator<String> statuses = side.qmp().migrationEvents().iterator();
        return side.qmp().eventNames().stream().filter(List.of("MIGRATION", "STOP", "RESUME")::contains)
                .map(name -> name.equals("MIGRATION") ? statuses.next() : name).toList();
    }
}
