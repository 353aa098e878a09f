package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Tmpfs;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A snapshot is there when it is whole; until then, and if it comes to nothing, what bore its name before is there. */
class WholeOrNotAtAllIT extends MigrationTest {

    private static final long SLOW = 16 << 20;
    private static final long SOME_PROGRESS = 8 << 20;
    private static final byte[] OLD = new byte[100_000];
    static {
        new Random(5).nextBytes(OLD);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesTheOldFileWhenItIsCancelled(boolean mappedRam) throws IOException {
        Path file = oldFileIn(directory());
        DaemonProcess source = daemon("source", GuestOptions.workload());
        if (mappedRam) {
            source.qmp().setCapabilities("mapped-ram");
        }
        beginSaving(source, file);

        source.qmp().execute("migrate_cancel");

        source.qmp().awaitMigration(CANCELLED);
        assertOldFileAlone(file);
        assertRunsOn(source);
        assertNextSaveWorks(source, file);
    }

    @Test
    void leavesTheOldFileWhenTheDaemonIsKilledAndItsLitterIsRemovedByTheNextSave() throws IOException {
        Path file = oldFileIn(directory());
        DaemonProcess killed = daemon("killed", GuestOptions.workload());
        killed.qmp().setCapabilities("mapped-ram");
        beginSaving(killed, file);

        killed.kill();

        assertThat(file).hasBinaryContent(OLD);
        assertThat(litterBeside(file)).containsExactly(".snapshot.godwit-partial");
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp().setCapabilities("mapped-ram");
        assertNextSaveWorks(source, file);
        assertThat(source.log()).contains("removed").contains(".snapshot.godwit-partial");
    }

    @Test
    @RequiresRoot
    void leavesTheOldFileWhenTheDiskIsFull() throws IOException {
        Tmpfs disk = closeAtEnd(Tmpfs.mount(directory().resolve("disk"), 16));
        Path file = oldFileIn(disk.root());
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp().setCapabilities("mapped-ram");

        migrate(source, "file:" + file);

        assertThat(source.qmp().awaitMigration(FAILED).get("error-desc").asString())
                .contains("No space left on device");
        assertOldFileAlone(file);
        assertRunsOn(source);
        disk.resize(256);
        assertNextSaveWorks(source, file);
    }

    @Test
    void leavesTheOldFileWhenTheGuestInItsPlaceDoesNotArrive() throws IOException {
        Path file = oldFileIn(directory());
        DaemonProcess held = daemon("held", GuestOptions.held(192).with("--ram", "mapped-ram:" + file));
        DaemonProcess killed = daemon("killed", GuestOptions.workload());
        killed.qmp().setParameter("max-bandwidth", SLOW);
        migrate(killed, held.listen(unixUri("broken")));
        awaitProgress(killed);
        assertThat(litterBeside(file)).containsExactly(".snapshot.godwit-partial");

        killed.kill();

        held.qmp().awaitMigration(FAILED);
        assertOldFileAlone(file);
        DaemonProcess source = daemon("source", GuestOptions.workload());
        migrate(source, held.listen(unixUri("whole")));
        held.qmp().awaitMigration(COMPLETED);
        assertHoldsTheGuest(file);
    }

    @Test
    @RequiresRoot
    void leavesTheOldFileWhenTheDiskIsTooSmallForTheGuestThatArrives() throws IOException {
        Tmpfs disk = closeAtEnd(Tmpfs.mount(directory().resolve("disk"), 16));
        Path file = oldFileIn(disk.root());
        DaemonProcess held = daemon("held", GuestOptions.held(192).with("--ram", "mapped-ram:" + file));
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp().setCapabilities("return-path");

        migrate(source, held.listen(unixUri("too-much")));

        assertThat(held.qmp().awaitMigration(FAILED).get("error-desc").asString()).contains("No space left on device");
        source.qmp().awaitMigration(FAILED);
        assertOldFileAlone(file);
        assertRunsOn(source);
        disk.resize(256);
        migrate(source, held.listen(unixUri("enough-room")));
        held.qmp().awaitMigration(COMPLETED);
        assertHoldsTheGuest(file);
    }

    private void beginSaving(DaemonProcess source, Path file) throws IOException {
        source.qmp().setParameter("max-bandwidth", SLOW);
        migrate(source, "file:" + file);
        awaitProgress(source);
        assertThat(litterBeside(file)).containsExactly(".snapshot.godwit-partial");
    }

    private static void awaitProgress(DaemonProcess source) {
        Until.holds("some of the guest was sent",
                () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) > SOME_PROGRESS);
    }

    private static void assertRunsOn(DaemonProcess source) {
        source.qmp().awaitRunState("running");
        assertThat(source.verify()).isNotBlank();
    }

    private void assertNextSaveWorks(DaemonProcess source, Path file) throws IOException {
        source.qmp().setCapabilities("mapped-ram");
        source.qmp().setParameter("max-bandwidth", 0);
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
        assertHoldsTheGuest(file);
    }

    private void assertHoldsTheGuest(Path file) throws IOException {
        assertThat(litterBeside(file)).isEmpty();
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        destination.qmp().setCapabilities("mapped-ram");
        destination.listen("file:" + file);
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
    }

    private static Path oldFileIn(Path directory) throws IOException {
        return Files.write(directory.resolve("snapshot"), OLD);
    }

    private static void assertOldFileAlone(Path file) throws IOException {
        assertThat(file).hasBinaryContent(OLD);
        assertThat(litterBeside(file)).isEmpty();
    }

    /** Names that begin as the file's temporary one does. */
    private static List<String> litterBeside(Path file) throws IOException {
        try (Stream<Path> entries = Files.list(file.resolveSibling("."))) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).filter(name -> name.startsWith("."))
                    .toList();
        }
    }
}
