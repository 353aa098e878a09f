package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.PeakMemory;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresKvm;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A guest moves to another daemon of this host with its memory, which is never there twice. */
class LocalhostMigrateIT extends MigrationTest {
    private static final long MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource({"anonymous, flip", "memfd, handover", "anonymous, auto", "memfd, auto"})
    void movesAGuestThatWrites(String ram, String mode) {
        GuestOptions guest = GuestOptions.workload().with("--ram", ram);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());

        source.qmp().execute("localhost-migrate", Map.of("uri", destination.listen(unixUri("wire")), "mode", mode));

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
        assertThat(info.at("/ram/normal").asLong() > 0).as("pages moved").isEqualTo(ram.equals("anonymous"));
        assertThat(source.qmp().runState()).isEqualTo("postmigrate");
        assertThatThrownBy(() -> source.qmp().execute("cont")).isInstanceOf(QmpError.class)
                .hasMessageContaining("has moved to another process");
        assertThatThrownBy(() -> migrate(source, unixUri("elsewhere"))).isInstanceOf(QmpError.class)
                .hasMessageContaining("has moved to another process");
    }

    @RequiresKvm
    @ParameterizedTest
    @ValueSource(strings = {"anonymous", "memfd"})
    void aMachinesHeartbeatGoesOn(String ram) {
        GuestOptions guest = GuestOptions.kvm().with("--ram", ram);
        DaemonProcess first = daemon("first", guest);
        DaemonProcess second = daemon("second", guest.incoming());
        DaemonProcess third = daemon("third", guest.incoming());
        Heartbeat.awaitLines(first, 2);

        String uri = second.listen(unixUri("to-second"));
        assertThat(first.qmp().execute("human-monitor-command", Map.of("command-line", "localhost_migrate " + uri))
                .asString()).isEmpty();
        first.qmp().awaitMigration(COMPLETED);
        Heartbeat.awaitLines(second, 2);
        assertThat(second.client("localhost-migrate", third.listen(unixUri("to-third"))).status()).isZero();
        Heartbeat.awaitLines(third, 2);

        third.qmp().execute("stop");
        List<Integer> numbers = Heartbeat.numbers(first, second, third);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
        assertThat(third.verify()).isNotBlank();
    }

    @Test
    void aStockStreamStillArrivesWhereAMoveCouldHave() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        migrate(source, destination.listen(unixUri("wire")));
        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }

    /** Both processes together, sampled while the guest moves: what a JVM takes for itself meanwhile is within it. */
    @ParameterizedTest
    @ValueSource(strings = {"anonymous", "memfd"})
    void theMemoryOfBothIsNeverMuchMoreThanTheGuests(String ram) {
        int mib = 1024;
        GuestOptions guest = GuestOptions.workload(mib, "fill=1000M,dirty=8M,rate=1000").with("--ram", ram);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        assertThat(source.verify()).isNotBlank();
        source.resources();
        destination.resources();
        PeakMemory.awaitFilled(source, 1000 * MIB);
        String uri = destination.listen(unixUri("wire"));

        try (var peak = PeakMemory.sample(source, destination)) {
            source.qmp().execute("localhost-migrate", Map.of("uri", uri));
            source.qmp().awaitMigration(COMPLETED);
            destination.qmp().awaitRunState("running");
            assertThat(destination.verify()).isNotBlank();
            assertThat(peak.growthBytes()).as("beyond what both had before, of %d samples", peak.samples())
                    .isLessThan(mib * MIB / 20);
            assertThat(peak.samples()).isGreaterThan(5);
        }
    }

    @Test
    void aCancelBringsTheGuestBackOrComesTooLate() {
        GuestOptions guest = GuestOptions.workload(1024, "fill=900M,dirty=8M,rate=1000");
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        PeakMemory.awaitFilled(source, 900 * MIB);
        source.qmp().execute("localhost-migrate", Map.of("uri", destination.listen(unixUri("wire"))));

        source.qmp().execute("migrate_cancel");

        JsonNode info = source.qmp().awaitMigration(CANCELLED, COMPLETED);
        DaemonProcess alive = info.path("status").asString().equals("cancelled") ? source : destination;
        alive.qmp().awaitRunState("running");
        assertThat(alive.verify()).isNotBlank();
        assertThat((alive == source ? destination : source).qmp().runState()).isNotEqualTo("running");
    }

    @Test
    void whatCannotGoIsSaidAtOnce() {
        DaemonProcess anonymous = daemon("anonymous", GuestOptions.workload());
        DaemonProcess memfd = daemon("memfd", GuestOptions.workload().with("--ram", "memfd"));
        assertRefused(anonymous, "handover", unixUri("wire"), "only when it is in a memfd");
        assertRefused(memfd, "flip", unixUri("wire"), "RAM in a memfd cannot be flipped");
        assertRefused(memfd, "auto", "tcp:127.0.0.1:1", "needs unix:PATH, got 'tcp:127.0.0.1:1'");
        anonymous.qmp().execute("localhost-migrate", Map.of("uri", unixUri("nobody")));
        assertThat(anonymous.qmp().awaitMigration(FAILED).path("error-desc").asString())
                .contains("Failed to connect to '");
        assertThat(anonymous.qmp().runState()).isEqualTo("running");
    }

    private static void assertRefused(DaemonProcess source, String mode, String uri, String said) {
        assertThatThrownBy(() -> source.qmp().execute("localhost-migrate", Map.of("uri", uri, "mode", mode)))
                .isInstanceOf(QmpError.class).hasMessageContaining(said);
        assertThat(source.qmp().runState()).isEqualTo("running");
    }
}
