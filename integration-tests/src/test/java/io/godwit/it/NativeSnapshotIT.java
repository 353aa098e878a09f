package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.DiskSpace;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.HugePages;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Tmpfs;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Background snapshots of the guests that run in the daemon: the guest runs on, the file is the guest of one instant. */
class NativeSnapshotIT extends MigrationTest {

    private static final long MIB = 1 << 20;
    /** Writes all of its memory as fast as it can. */
    private static final GuestOptions BUSY = GuestOptions.workload(192, "fill=96M,dirty=96M,rate=10000000");

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    private DaemonProcess source(GuestOptions guest, String capabilities) {
        DaemonProcess source = daemon("source", guest);
        source.qmp().setCapabilities(("background-snapshot," + capabilities).replaceAll(",$", "").split(",", -1));
        source.qmp().setParameter("max-bandwidth", 0);
        return source;
    }

    private DaemonProcess loaded(GuestOptions guest, boolean mappedRam) {
        DaemonProcess destination = daemon("destination", guest.incoming());
        if (mappedRam) {
            destination.qmp().setCapabilities("mapped-ram");
        }
        destination.listen("file:" + file);
        destination.qmp().awaitMigration(COMPLETED);
        return destination;
    }

    private static void assertRunsOn(DaemonProcess source) {
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(source.verify()).isNotBlank();
        Until.holds("nothing of it is protected", () -> source.resources().descriptors().keySet().stream()
                .noneMatch(name -> name.contains("userfaultfd")));
    }

    @ParameterizedTest
    @CsvSource({"'',anonymous", "mapped-ram,anonymous", "'mapped-ram,multifd',anonymous", "mapped-ram,memfd",
            "'mapped-ram,multifd',memfd"})
    void ofAGuestThatWritesAllItsMemoryLoadsElsewhere(String capabilities, String kindOfRam) {
        GuestOptions guest = BUSY.with("--ram", kindOfRam);
        DaemonProcess source = source(guest, capabilities);

        migrate(source, "file:" + file);

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        assertRunsOn(source);
        assertThat(info.at("/ram/normal").asLong() + info.at("/ram/duplicate").asLong())
                .as("each page once").isLessThanOrEqualTo(192 * MIB / 4096);
        assertThat(loaded(guest, !capabilities.isEmpty()).verify()).isNotBlank();
        assertRunsOn(source);
    }

    @Test
    @RequiresRoot
    void ofAGuestInReservedHugePagesLoadsElsewhere() throws IOException {
        closeAtEnd(HugePages.of(192));
        DaemonProcess source = source(BUSY.with("--ram", "memfd,pagesize=2M"), "mapped-ram");

        migrate(source, "file:" + file);

        source.qmp().awaitMigration(COMPLETED);
        assertThat(loaded(BUSY, true).verify()).isNotBlank();
        assertRunsOn(source);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mapped-ram", "mapped-ram,multifd"})
    @RequiresKvm
    void ofAVirtualMachineGoesOnFromWhereItWas(String capabilities) {
        DaemonProcess source = source(GuestOptions.kvm(), capabilities);
        Heartbeat.awaitLines(source, 3);

        migrate(source, "file:" + file);

        source.qmp().awaitMigration(COMPLETED);
        int lines = Heartbeat.numbers(source).size();
        Heartbeat.awaitLines(source, lines + 3);
        assertRunsOn(source);
        DaemonProcess destination = loaded(GuestOptions.kvm(), !capabilities.isEmpty());
        Heartbeat.awaitLines(destination, 3);
        assertThat(destination.verify()).isNotBlank();
        assertThat(Heartbeat.numbers(source)).isEqualTo(Heartbeat.unbroken(Heartbeat.numbers(source)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mapped-ram"})
    void isWholeInTheEyesOfInspect(String capabilities) {
        DaemonProcess source = source(BUSY, capabilities);

        migrate(source, "file:" + file);

        source.qmp().awaitMigration(COMPLETED);
        var seen = Programs.run(Tree.launch().toString(), "godwit", "inspect", "--verify", file.toString());
        assertThat(seen.status()).as(seen.output()).isZero();
        assertThat(seen.output()).contains("godwit-workload-1");
    }

    @Test
    void takesTheSpaceOfWhatTheGuestHasTouchedAndNoMore() {
        DaemonProcess source = source(GuestOptions.workload(1024, "fill=64M,dirty=64M,rate=10000000"), "mapped-ram");
        Until.holds("it has filled its memory", () -> source.verify().startsWith("intact: 16384 pages"));

        migrate(source, "file:" + file);

        source.qmp().awaitMigration(COMPLETED);
        assertThat(DiskSpace.of(file)).isBetween(64 * MIB, 66 * MIB);
        assertRunsOn(source);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mapped-ram", "mapped-ram,multifd"})
    @RequiresRoot
    void isGoneWhenTheDiskIsFullAndTheGuestRunsOn(String capabilities) throws IOException {
        Tmpfs disk = closeAtEnd(Tmpfs.mount(directory().resolve("disk"), 16));
        file = disk.root().resolve("snapshot");
        DaemonProcess source = source(BUSY, capabilities);

        migrate(source, "file:" + file);

        assertThat(source.qmp().awaitMigration(FAILED).get("error-desc").asString())
                .contains("No space left on device");
        assertNothingIn(disk.root());
        assertRunsOn(source);
        disk.resize(256);
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
        assertThat(loaded(BUSY, !capabilities.isEmpty()).verify()).isNotBlank();
    }

    @Test
    void aProgramThatStopsReadingInMidSnapshotFailsItAndTheGuestRunsOn() {
        DaemonProcess source = source(BUSY, "");

        migrate(source, "exec:head -c 20000000 > /dev/null");

        assertThat(source.qmp().awaitMigration(FAILED).get("error-desc").asString()).isNotBlank();
        assertRunsOn(source);
    }

    @Test
    void isGoneWhenItIsCancelledAndASecondOneAtOnceIsRefused() throws IOException {
        DaemonProcess source = source(BUSY, "mapped-ram");
        source.qmp().setParameter("max-bandwidth", 8 * MIB);
        migrate(source, "file:" + file);
        Until.holds("some of it is saved",
                () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) > 4 * MIB);

        assertThatThrownBy(() -> migrate(source, "file:" + file)).isInstanceOf(QmpError.class)
                .hasMessageContaining("There's a migration process in progress");
        source.qmp().execute("migrate_cancel");

        source.qmp().awaitMigration(CANCELLED);
        assertThat(file).doesNotExist();
        assertRunsOn(source);
    }

    @Test
    void outlivesAResetOfTheGuest() {
        DaemonProcess source = source(BUSY, "mapped-ram");
        source.qmp().setParameter("max-bandwidth", 64 * MIB);
        migrate(source, "file:" + file);
        Until.holds("it has begun", () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) > MIB);

        source.qmp().execute("system_reset");

        source.qmp().setParameter("max-bandwidth", 0);
        source.qmp().awaitMigration(COMPLETED);
        assertRunsOn(source);
        assertThat(loaded(BUSY, true).verify()).isNotBlank();
    }

    @Test
    void leavesNothingUnderItsNameWhenTheDaemonQuits() {
        DaemonProcess source = source(BUSY, "mapped-ram");
        source.qmp().setParameter("max-bandwidth", 8 * MIB);
        migrate(source, "file:" + file);
        Until.holds("some of it is saved",
                () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) > 4 * MIB);

        source.qmp().execute("quit");

        Until.holds("the daemon has ended", () -> !source.isAlive());
        assertThat(file).doesNotExist();
        assertThat(directory()).isDirectoryNotContaining(path -> path.toString().endsWith("partial"));
    }

    @Test
    void saysWhatItDoesNotGoTogetherWith() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        assertThatThrownBy(() -> source.qmp().setCapabilities("background-snapshot", "multifd"))
                .isInstanceOf(QmpError.class)
                .hasMessageContaining("Background-snapshot is not compatible with multifd");
    }

    private static void assertNothingIn(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries).isEmpty();
        }
    }
}
