package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.HugePages;
import io.godwit.it.fixture.JavaHeap;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Stock QEMUs run a guest that was saved before its memory has come, and it comes whole. */
@RequiresQemu
@RequiresBinutils
class RestoreIT extends RestoreTest {

    private static final int MANY = 10;
    private static final long IN_THE_PATTERN = 20 << 20;
    private static final long EXTENT = 64 << 10;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    private QemuMachine machine(String kind) {
        return kind.equals("pc") ? QemuMachine.pc(guest()) : QemuMachine.q35(guest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void comesWholeByOneCommand(String kind) {
        String ram = save(machine(kind), file).ramDigest();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", machine(kind).paused());
        destination.qmp();

        Programs.Result result = pager.client("restore", file.toString(), "--to", unixUri("wire"), "--qmp",
                monitor("destination"));

        assertThat(result.output()).contains("The guest ran after").contains("pages were asked for");
        assertThat(result.status()).isZero();
        assertThat(destination.qmp().migrationStatus()).isEqualTo(COMPLETED);
        assertThat(destination.qmp().runState()).isEqualTo("paused");
        assertArrivedWhole(destination, ram);
    }

    @Test
    void aGuestThatWasSavedWhilePausedStaysPaused() {
        QemuProcess source = runningQemu("source");
        source.qmp().execute("stop");
        source.qmp().setCapabilities("mapped-ram");
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));

        awaitRestore(pager, begin(pager, file, destination, "linear"), "completed");

        assertThat(destination.qmp().runState()).isEqualTo("paused");
        assertArrivedWhole(destination, source.ramDigest());
    }

    @Test
    void manyRunFromOneFileAtOnce() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        List<QemuProcess> destinations = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            destinations.add(destination("destination-" + i, QemuMachine.pc(guest())));
        }

        List<String> ids = destinations.stream().map(each -> begin(pager, file, each, "linear")).toList();
        ids.forEach(id -> awaitRestore(pager, id, "completed"));

        destinations.forEach(each -> assertThat(each.qmp().runState()).isEqualTo("running"));
        guest().assertGoesOnUnharmed(destinations.getFirst());
        guest().assertGoesOnUnharmed(destinations.getLast());
        assertThat(JavaHeap.objects(pager, "io.godwit.daemon.restore.PagedGuest")).as("kept for query").isEqualTo(MANY);
        assertThat(JavaHeap.objects(pager, "io.godwit.engine.restore.Restore")).as("with all that they know of pages")
                .isZero();
    }

    @Test
    void onDemandAGuestGetsWhatItAsksForAndTheRestWhenItIsPushed() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));

        String id = begin(pager, file, destination, "on-demand");
        awaitRestore(pager, id, "postcopy-active");
        destination.qmp().awaitRunState("running");
        assertThat(restore(pager, id).at("/ram/remaining").asLong()).isPositive();
        pager.qmp().execute("x-godwit-restore-push", Map.of("id", id));
        JsonNode whole = awaitRestore(pager, id, "completed");

        assertThat(whole.at("/ram/remaining").asLong()).isZero();
        assertThat(whole.at("/ram/postcopy-requests").asLong()).isPositive();
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    @RequiresRoot
    void comesIntoMemoryOfLargePages() throws IOException {
        String ram = save(QemuMachine.pc(guest()), file).ramDigest();
        DaemonProcess pager = pager("pager");
        try (HugePages _ = HugePages.of(128)) {
            QemuProcess destination = destination("destination", QemuMachine.pc(guest()).paused().with("-object",
                    "memory-backend-memfd,id=pc.ram,size=128M,share=on,hugetlb=on,hugetlbsize=2M", "-machine",
                    "memory-backend=pc.ram"));

            awaitRestore(pager, begin(pager, file, destination, "linear"), "completed");

            assertArrivedWhole(destination, ram);
            destination.close();
        }
    }

    @Test
    void aDamagedExtentIsNeverFedAndTheGuestGoesOnWhenTheFileIsRepaired() throws IOException {
        save(QemuMachine.pc(guest()), file).close();
        assertThat(Programs.run(Tree.launch().toString(), "godwit", "seal", file.toString()).status()).isZero();
        turnBitOver(IN_THE_PATTERN);
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));

        String id = begin(pager, file, destination, "linear");
        JsonNode paused = awaitRestore(pager, id, "postcopy-paused");
        destination.qmp().awaitMigration(POSTCOPY_PAUSED);

        assertThat(paused.get("error-desc").asString()).contains("do not match their seal");
        assertThat(paused.get("file").asString()).isEqualTo(file.toString());
        assertThat(IN_THE_PATTERN - paused.get("offset").asLong()).isBetween(0L, EXTENT - 1);
        Until.holds("the event said so too", () -> pager.qmp().eventNames().contains("X_GODWIT_RESTORE"));
        turnBitOver(IN_THE_PATTERN);
        pager.qmp().execute("x-godwit-restore-continue", Map.of("id", id));
        awaitRestore(pager, id, "completed");
        guest().assertGoesOnUnharmed(destination);
    }

    private void turnBitOver(long offset) throws IOException {
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(offset);
            int there = raw.read();
            raw.seek(offset);
            raw.write(there ^ 1);
        }
    }

    @Test
    void aQemuOfAnotherMachineIsReportedWithWhatItSaysAndTheFileStaysGood() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess wrong = destination("wrong", QemuMachine.q35(guest()));

        JsonNode failed = awaitRestore(pager, begin(pager, file, wrong, "linear"), "failed");

        assertThat(failed.get("error-desc").asString()).contains("QEMU says: load of migration failed");
        QemuProcess right = destination("right", QemuMachine.pc(guest()));
        awaitRestore(pager, begin(pager, file, right, "linear"), "completed");
        guest().assertGoesOnUnharmed(right);
    }

    @Test
    void twoIntoOneQemuAreRefusedAndSoIsOneThatRuns() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        String id = begin(pager, file, destination, "on-demand");
        assertThatThrownBy(() -> begin(pager, file, destination, "linear")).isInstanceOf(QmpError.class)
                .hasMessage(id + " into the same QEMU is under way");
        awaitRestore(pager, id, "postcopy-active");
        pager.qmp().execute("x-godwit-restore-push", Map.of("id", id));
        awaitRestore(pager, id, "completed");

        JsonNode again = awaitRestore(pager, begin(pager, file, destination, "linear"), "failed");

        assertThat(again.get("error-desc").asString()).contains("is running, expected one that waits");
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    void whatIsNoSnapshotAndWhereNoQemuIsIsSaid() {
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));

        JsonNode noFile = awaitRestore(pager, begin(pager, file, destination, "linear"), "failed");
        assertThat(noFile.get("error-desc").asString()).contains(file.toString());

        JsonNode noGuest = awaitRestore(pager, begin(pager, guest().floppy(), destination, "linear"), "failed");
        assertThat(noGuest.get("error-desc").asString()).isNotEmpty();
        save(QemuMachine.pc(guest()), file).close();
        destination.kill();
        JsonNode noQemu = pager.qmp().execute("x-godwit-restore", Map.of("file", file.toString(), "uri",
                unixUri("nowhere"), "qmp", monitor("destination")));
        assertThat(awaitRestore(pager, noQemu.get("id").asString(), "failed").get("error-desc").asString())
                .contains("no QEMU answers on");
    }
}
