package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.Until;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A guest whose memory hog has ended does not pay for it when it moves. */
class FreePagesIT extends MigrationTest {
    private static final long MIB = 1 << 20;

    private static void awaitProgress(DaemonProcess guest, long pages) {
        Until.holds("the hog has not ended", () -> progress(guest) > pages);
    }

    /** What is sent before the guest has answered is little, however slow the machine. */
    private static void slowEnoughToAsk(DaemonProcess source) {
        source.qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", 64 * MIB));
    }

    private static long progress(DaemonProcess guest) {
        String found = guest.verify();
        return Long.parseLong(found.substring(found.lastIndexOf(' ') + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "multifd", "xbzrle", "postcopy-ram"})
    void whatAHogHasLeftIsNotSentWith(String capabilities) {
        GuestOptions options = GuestOptions.workload(128, "fill=16M,dirty=1M,rate=2000,hog=64M");
        DaemonProcess source = daemon("source", options);
        DaemonProcess destination = daemon("destination", options.incoming());
        awaitProgress(source, 80 * MIB / 4096);
        slowEnoughToAsk(source);
        if (!capabilities.isEmpty()) {
            source.qmp().setCapabilities(capabilities);
            destination.qmp().setCapabilities(capabilities);
        }

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode ram = source.qmp().awaitMigration(COMPLETED).get("ram");
        destination.qmp().awaitRunState("running");
        assertThat(ram.get("x-godwit-free-pages").asLong()).isGreaterThan(32 * MIB / 4096);
        assertThat(ram.get("transferred").asLong()).isLessThan(48 * MIB);
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void aGuestThatTellsNothingSendsAll() {
        GuestOptions options = GuestOptions.workload(128, "fill=16M,dirty=1M,rate=2000,hog=64M,hints=off");
        DaemonProcess source = daemon("source", options);
        DaemonProcess destination = daemon("destination", options.incoming());
        awaitProgress(source, 80 * MIB / 4096);

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode ram = source.qmp().awaitMigration(COMPLETED).get("ram");
        assertThat(ram.get("x-godwit-free-pages").asLong()).isZero();
        assertThat(ram.get("transferred").asLong()).isGreaterThan(80 * MIB);
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    @RequiresKvm
    void aMachineTellsWhatItsHogHasLeftAtItsPorts() {
        GuestOptions options = GuestOptions.kvm().with("--hog", "64M");
        DaemonProcess source = daemon("source", options);
        DaemonProcess destination = daemon("destination", options.incoming());
        Heartbeat.awaitLines(source, 2);
        slowEnoughToAsk(source);

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode ram = source.qmp().awaitMigration(COMPLETED).get("ram");
        assertThat(ram.get("x-godwit-free-pages").asLong()).isPositive();
        destination.qmp().awaitRunState("running");
        Heartbeat.awaitLines(destination, 2);
        List<Integer> numbers = Heartbeat.numbers(source, destination);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
        assertThat(destination.verify()).isNotBlank();
    }
}
