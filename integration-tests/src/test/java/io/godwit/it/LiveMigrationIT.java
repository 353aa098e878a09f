package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.PRE_SWITCHOVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresKvm;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A virtual machine moves between two daemons while it runs. */
@RequiresKvm
class LiveMigrationIT extends MigrationTest {

    private static final int SOME_LINES = 3;

    @ParameterizedTest
    @ValueSource(strings = {"unix:", "tcp:127.0.0.1:0"})
    void losesNoHeartbeatOver(String transport) {
        DaemonProcess source = daemon("source", GuestOptions.kvm().rehearsing());
        DaemonProcess destination = daemon("destination", GuestOptions.kvm().rehearsing().incoming());
        Heartbeat.awaitLines(source, SOME_LINES);

        migrate(source, destination.listen(transport.equals("unix:") ? unixUri("wire") : transport));

        JsonNode info = source.qmp().awaitMigration(COMPLETED, FAILED);
        assertThat(info.get("status").asString()).as("%s", info).isEqualTo("completed");
        assertThat(source.qmp().runState()).isEqualTo("postmigrate");
        destination.qmp().awaitRunState("running");
        Heartbeat.awaitLines(destination, SOME_LINES);
        List<Integer> numbers = Heartbeat.numbers(source, destination);
        assertThat(numbers).hasSizeGreaterThanOrEqualTo(2 * SOME_LINES).isEqualTo(Heartbeat.unbroken(numbers));
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void movesAMachineWithSeveralCpus() {
        DaemonProcess source = daemon("source", GuestOptions.kvm().with("--smp", "2"));
        DaemonProcess destination = daemon("destination", GuestOptions.kvm().with("--smp", "2").incoming());
        Heartbeat.awaitLines(source, SOME_LINES);

        migrate(source, destination.listen(unixUri("wire")));

        source.qmp().awaitMigration(COMPLETED);
        Heartbeat.awaitLines(destination, SOME_LINES);
        List<Integer> numbers = Heartbeat.numbers(source, destination);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
    }

    @Test
    void goesOnlyAfterMigrateContinueWhenAskedToPauseBeforeTheSwitchover() {
        DaemonProcess source = daemon("source", GuestOptions.kvm());
        DaemonProcess destination = daemon("destination", GuestOptions.kvm().incoming());
        source.qmp().setCapabilities("pause-before-switchover", "return-path", "events");
        destination.qmp().setCapabilities("return-path", "events");

        migrate(source, destination.listen(unixUri("wire")));
        source.qmp().awaitMigration(PRE_SWITCHOVER);
        assertThat(source.qmp().runState()).isEqualTo("finish-migrate");
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
        source.qmp().execute("migrate-continue", Map.of("state", "pre-switchover"));

        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        assertThat(source.qmp().migrationEvents()).containsExactly("setup", "active", "pre-switchover", "device",
                "completed");
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void saysEverythingThatQemuSaysWhenItIsDone() {
        DaemonProcess source = daemon("source", GuestOptions.kvm());
        DaemonProcess destination = daemon("destination", GuestOptions.kvm().incoming());
        Heartbeat.awaitLines(source, SOME_LINES);

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        assertThat(info.propertyNames()).containsExactlyInAnyOrder("status", "total-time", "downtime", "setup-time",
                "ram");
        assertThat(info.get("ram").propertyNames()).containsExactlyInAnyOrder("transferred", "remaining", "total",
                "duplicate",
                "normal", "normal-bytes", "dirty-pages-rate", "mbps", "dirty-sync-count", "postcopy-requests",
                "page-size",
                "multifd-bytes", "pages-per-second", "precopy-bytes", "downtime-bytes", "postcopy-bytes",
                "dirty-sync-missed-zero-copy", "x-godwit-untouched-pages", "x-godwit-free-pages");
        assertThat(info.at("/ram/total").asLong()).isEqualTo(128L << 20);
        assertThat(info.at("/ram/remaining").asLong()).isZero();
        assertThat(info.at("/ram/normal-bytes").asLong()).isEqualTo(info.at("/ram/normal").asLong() * 4096)
                .isPositive();
    }
}
