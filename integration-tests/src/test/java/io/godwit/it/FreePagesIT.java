package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresQemu;
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

    /** Saves it in the background; says how many pages were left out as free, which are none when the guest is slow to answer. */
    private static long leftOut(DaemonProcess source, String image) {
        migrate(source, image);
        return source.qmp().awaitMigration(COMPLETED).at("/ram/x-godwit-free-pages").asLong();
    }

    /** Into a file while it runs on, and to another process of the host. */
    @Test
    void whatAHogHasLeftNeedNotBeSavedNorMovedAlong() {
        GuestOptions options = GuestOptions.workload(128, "fill=16M,dirty=1M,rate=2000,hog=64M");
        DaemonProcess source = daemon("source", options);
        awaitProgress(source, 80 * MIB / 4096);
        source.qmp().setCapabilities("background-snapshot", "mapped-ram");
        String image = "file:" + directory().resolve("image");
        Until.holds("a snapshot leaves it out", () -> leftOut(source, image) > 32 * MIB / 4096);
        source.qmp().clearCapabilities("background-snapshot", "mapped-ram");

        DaemonProcess process = daemon("process", options.incoming());
        source.qmp().execute("localhost-migrate", Map.of("uri", process.listen(unixUri("move")), "mode", "flip"));
        source.qmp().awaitMigration(COMPLETED);
        process.qmp().awaitRunState("running");
        assertThat(process.verify()).isNotBlank();

        DaemonProcess loaded = daemon("loaded", options.incoming());
        loaded.qmp().setCapabilities("mapped-ram");
        loaded.listen(image);
        loaded.qmp().awaitRunState("running");
        assertThat(loaded.verify()).isNotBlank();
    }

    @Test
    void aGuestGivesMemoryBackAndKeepsItsBalloonWhereItGoes() {
        GuestOptions options = GuestOptions.workload(256,
                "fill=16M,dirty=1M,rate=2000,hog=192M,hints=off,reporting=on,balloon=on");
        DaemonProcess source = daemon("source", options);
        Until.holds("what the hog has left is given back", () -> source.qmp().execute("x-godwit-query-free-pages")
                .get("returned-pages").asLong() == 192 * MIB / 4096);
        source.qmp().execute("balloon", Map.of("value", 32 * MIB));
        Until.holds("the guest does with less", () -> source.qmp().eventNames().contains("BALLOON_CHANGE"));
        assertThat(source.qmp().execute("query-balloon").get("actual").asLong()).isEqualTo(32 * MIB);
        assertThat(source.verify()).isNotBlank();

        DaemonProcess destination = daemon("destination", options.incoming());
        migrate(source, destination.listen(unixUri("wire")));
        JsonNode ram = source.qmp().awaitMigration(COMPLETED).get("ram");
        assertThat(ram.get("transferred").asLong()).isLessThan(64 * MIB);
        destination.qmp().awaitRunState("running");
        assertThat(destination.qmp().execute("query-balloon").get("actual").asLong()).isEqualTo(32 * MIB);
        destination.qmp().execute("balloon", Map.of("value", 256 * MIB));
        Until.holds("it has all again",
                () -> destination.qmp().execute("query-balloon").get("actual").asLong() == 256 * MIB);
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

    /** Its balloon and its hints are between it and its guest: Godwit passes on, and is not in their way. */
    @Test
    @RequiresQemu
    void aQemusBalloonIsItsOwn() {
        QemuMachine machine = QemuMachine.bare().with("-object", "iothread,id=io", "-device",
                "virtio-balloon-pci,free-page-hint=on,iothread=io");
        QemuProcess source = qemu("source", machine);
        QemuProcess destination = qemu("destination", machine.incoming());
        source.makeWay();
        DaemonProcess daemon = daemon("daemon", new GuestOptions(List.of("--qemu", "unix:" + source.socket()), false));
        assertThat(daemon.qmp().execute("query-balloon").get("actual").asLong()).isEqualTo(128 * MIB);
        daemon.qmp().execute("balloon", Map.of("value", 64 * MIB));

        migrate(daemon, destination.listen(unixUri("wire")));

        daemon.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
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
