package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Transport;
import io.godwit.it.fixture.Until;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A stock QEMU runs on from a held guest before its memory has come, and loses nothing, however often the connection is lost. */
@RequiresQemu
@RequiresBinutils
class PostcopySourceIT extends StockQemuTest {

    private static final long PATTERN_BYTES = 48L << 20;
    private static final long SLOW = 20 << 20;
    private static final int CUTS = 3;

    @ParameterizedTest
    @ValueSource(strings = {"postcopy-ram", "postcopy-ram,postcopy-preempt"})
    void arrivesWholeAlthoughNothingWasSentBeforeItWasGivenAway(String capabilities) {
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        String ram = fill(held);
        QemuProcess destination = destination(true, capabilities);

        startPostcopy(held, destination, capabilities);
        awaitCompletion(held, destination);

        JsonNode sent = held.qmp().queryMigrate().get("ram");
        assertThat(sent.get("transferred").asLong()).isLessThan(2 * sent.get("total").asLong());
        assertThat(sent.get("postcopy-bytes").asLong()).isGreaterThan(PATTERN_BYTES / 2);
        assertThat(held.qmp().migrationEvents()).endsWith("setup", "active", "device", "postcopy-active", "completed");
        assertArrivedWhole(destination, ram);
    }

    @Test
    void goesOnInPostcopyWhereItsPassWasLeft() {
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        String ram = fill(held);
        QemuProcess destination = destination(true, "postcopy-ram");
        held.qmp().setCapabilities("postcopy-ram", "events");
        held.qmp().setParameter("max-bandwidth", SLOW);

        migrate(held, destination.listen(unixUri("hybrid")));
        Until.holds("some of it has been sent",
                () -> held.qmp().queryMigrate().at("/ram/transferred").asLong(0) > PATTERN_BYTES / 4);
        held.qmp().execute("migrate-start-postcopy");
        awaitCompletion(held, destination);

        JsonNode sent = held.qmp().queryMigrate().get("ram");
        assertThat(sent.get("precopy-bytes").asLong()).isPositive();
        assertThat(sent.get("postcopy-bytes").asLong()).isPositive();
        assertThat(sent.get("transferred").asLong()).as("nothing changes, so nothing is sent twice")
                .isLessThan(2 * PATTERN_BYTES);
        assertArrivedWhole(destination, ram);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postcopy-ram", "postcopy-ram,postcopy-preempt"})
    void runsOnUnharmedHoweverOftenTheConnectionIsLost(String capabilities) {
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        fill(held);
        QemuProcess destination = destination(false, capabilities);
        held.qmp().setParameter("max-postcopy-bandwidth", SLOW);

        startPostcopy(held, destination, capabilities);
        destination.qmp().awaitRunState("running");
        for (int cut = 0; cut < CUTS; cut++) {
            held.qmp().awaitMigration(POSTCOPY_ACTIVE);
            held.qmp().execute("migrate-pause");
            assertThat(held.qmp().awaitMigration(POSTCOPY_PAUSED).get("error-desc").asString())
                    .isEqualTo("Postcopy migration is paused by the user");
            assertThatThrownBy(() -> held.qmp().execute("migrate_cancel")).isInstanceOf(QmpError.class)
                    .hasMessage("Postcopy migration in progress, cannot cancel.");
            destination.qmp().awaitMigration(POSTCOPY_PAUSED);
            String again = unixUri("again-" + cut);
            destination.qmp().execute("migrate-recover", Map.of("uri", again));
            held.qmp().execute("migrate", Map.of("uri", again, "resume", true));
        }
        held.qmp().awaitMigration(POSTCOPY_ACTIVE, COMPLETED);
        held.qmp().setParameter("max-postcopy-bandwidth", 0);
        awaitCompletion(held, destination);

        guest().assertGoesOnUnharmed(destination);
    }

    /** A guest stands still in a QEMU and is held now; returns what its RAM hashes to. */
    private String fill(DaemonProcess held) {
        QemuProcess source = runningQemu("source");
        Transport.UNIX.move(source, held, freshPath());
        awaitCompletion(source, held);
        String ram = source.ramDigest();
        source.close();
        return ram;
    }

    private QemuProcess destination(boolean paused, String capabilities) {
        QemuMachine machine = QemuMachine.pc(guest()).incoming();
        QemuProcess destination = qemu("destination", paused ? machine.paused() : machine);
        destination.qmp().setCapabilities(capabilities.split(",", -1));
        return destination;
    }

    private void startPostcopy(DaemonProcess held, QemuProcess destination, String capabilities) {
        held.qmp().setCapabilities("events");
        held.qmp().setCapabilities(capabilities.split(",", -1));
        migrate(held, destination.listen(unixUri("postcopy")));
        held.qmp().execute("migrate-start-postcopy");
    }
}
