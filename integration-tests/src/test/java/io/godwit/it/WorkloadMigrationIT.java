package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Until;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The guest that needs no KVM moves while its threads write. */
class WorkloadMigrationIT extends MigrationTest {

    @ParameterizedTest
    @ValueSource(strings = {"anonymous", "memfd"})
    void arrivesIntactFromRamIn(String kindOfRam) {
        GuestOptions guest = GuestOptions.workload().with("--ram", kindOfRam);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());

        migrate(source, destination.listen(unixUri("wire")));

        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
        assertThat(source.qmp().runState()).isEqualTo("postmigrate");
    }

    @Test
    void sendsNothingForPagesThatWereNeverTouched() {
        GuestOptions mostlyUntouched = GuestOptions.workload(1024, "fill=16M,dirty=0,rate=0");
        DaemonProcess source = daemon("source", mostlyUntouched);
        DaemonProcess destination = daemon("destination", mostlyUntouched.incoming());

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        assertThat(info.at("/ram/total").asLong()).isEqualTo(1L << 30);
        assertThat(info.at("/ram/transferred").asLong()).isLessThan(32L << 20);
        assertThat(info.at("/ram/duplicate").asLong()).as("sent as zero: the rest of huge pages").isLessThan(1024);
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void arrivesPausedWhenItLeftPaused() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        source.qmp().execute("stop");

        migrate(source, destination.listen(unixUri("wire")));

        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("paused");
        destination.qmp().execute("cont");
        assertThat(destination.qmp().runState()).isEqualTo("running");
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void convergesByThrottlingWhenTheGuestWritesFasterThanTheWire() {
        GuestOptions busy = GuestOptions.workload(128, "fill=64M,dirty=32M,rate=20000");
        DaemonProcess source = daemon("source", busy);
        DaemonProcess destination = daemon("destination", busy.incoming());
        source.qmp().setCapabilities("auto-converge");
        source.qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", 32 << 20, "downtime-limit", 50));

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        assertThat(info.at("/ram/dirty-sync-count").asLong()).isGreaterThan(2);
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void tellsHowFastItGoesFromTheFirstPassOn() {
        GuestOptions filled = GuestOptions.workload(256, "fill=128M,dirty=0,rate=0");
        DaemonProcess source = daemon("source", filled);
        DaemonProcess destination = daemon("destination", filled.incoming());
        Until.holds("the guest has filled its memory", () -> source.verify().contains(" 32768 pages checked"));
        source.qmp().setParameter("max-bandwidth", 16 << 20);
        migrate(source, destination.listen(unixUri("wire")));

        Until.holds("its speed is known", () -> source.qmp().queryMigrate().at("/ram/mbps").asDouble(0) > 0);

        JsonNode ram = source.qmp().queryMigrate().path("ram");
        assertThat(ram.path("dirty-sync-count").asLong()).isEqualTo(1);
        assertThat(ram.path("pages-per-second").asLong()).isPositive();
        source.qmp().setParameter("max-bandwidth", 0);
        source.qmp().awaitMigration(COMPLETED);
    }
}
