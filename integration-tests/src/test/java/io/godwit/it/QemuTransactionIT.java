package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.CountingGuest;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A stock QEMU behind a monitor of ours, whose guest counts in memory and then on its disk: caught at one instant, the disk is
 * never ahead and at most one behind. Root, for the QEMU's userfaultfd.
 */
@RequiresQemu
@RequiresBinutils
@RequiresRoot
class QemuTransactionIT extends MigrationTest {

    /** The show has 200; a continuous build has a minute. */
    private static final int TRANSACTIONS = Integer.getInteger("godwit.transactions", 8);
    private static final int NAIVE_TRIES = 8;

    private CountingGuest guest = new CountingGuest(Path.of(""));
    private Path disk = Path.of("");
    private QemuProcess qemu;
    private DaemonProcess daemon;

    @BeforeEach
    void start() {
        guest = CountingGuest.assemble(directory());
        disk = CountingGuest.newDisk(directory().resolve("disk.qcow2"));
        qemu = qemu("qemu", guest.on(disk));
        Until.holds("the guest counts", () -> CountingGuest.inMemory(qemu) > 10);
        daemon = inFrontOf(qemu);
    }

    /** A QEMU has one client at its monitor. */
    private DaemonProcess inFrontOf(QemuProcess behind) {
        behind.makeWay();
        var made = daemon("daemon", new GuestOptions(List.of("--qemu", "unix:" + behind.socket()), false));
        made.qmp();
        return made;
    }

    @Test
    void memoryAndDiskAreOfOneInstantEachTime() {
        var distances = new ArrayList<Long>();
        Path top = disk;
        String node = "disk0";
        for (int round = 1; round <= TRANSACTIONS; round++) {
            Path memory = directory().resolve("memory-" + round);
            Path overlay = directory().resolve("overlay-" + round + ".qcow2");
            daemon.qmp().execute("transaction", Map.of("actions",
                    List.of(migrate(memory), overlay(node, overlay, "over" + round))));
            assertThat(daemon.qmp().runState()).isEqualTo("running");
            awaitJob("concluded");
            distances.add(restoredCount(memory, top, round) - CountingGuest.onDisk(top, freshPath()));
            top = overlay;
            node = "over" + round;
        }
        assertThat(distances).as("how far memory is ahead of the disk").hasSize(TRANSACTIONS)
                .allMatch(QemuTransactionIT::isOfOneInstant);
    }

    private static boolean isOfOneInstant(long ahead) {
        return ahead == 0 || ahead == 1;
    }

    @Test
    void oneAfterTheOtherTheyAreNot() {
        daemon.qmp().setCapabilities("background-snapshot");
        var distances = new ArrayList<Long>();
        Path top = disk;
        String node = "disk0";
        for (int round = 1; round <= NAIVE_TRIES
                && distances.stream().allMatch(QemuTransactionIT::isOfOneInstant); round++) {
            Path memory = directory().resolve("memory-" + round);
            Path overlay = directory().resolve("overlay-" + round + ".qcow2");
            daemon.qmp().execute("migrate", Map.of("uri", "file:" + memory));
            daemon.qmp().execute("transaction", Map.of("actions", List.of(overlay(node, overlay, "over" + round))));
            awaitJob("concluded");
            distances.add(restoredCount(memory, top, round) - CountingGuest.onDisk(top, freshPath()));
            top = overlay;
            node = "over" + round;
        }
        assertThat(distances).as("how far memory is ahead of the disk").anyMatch(ahead -> !isOfOneInstant(ahead));
    }

    @Test
    void aGuestThatWasPausedStaysPaused() {
        daemon.qmp().execute("stop");
        Path overlay = directory().resolve("overlay.qcow2");
        daemon.qmp().execute("transaction",
                Map.of("actions", List.of(migrate(directory().resolve("memory")), overlay("disk0", overlay, "over"))));
        awaitJob("concluded");

        assertThat(daemon.qmp().runState()).isEqualTo("paused");
        assertThat(directory().resolve("memory")).exists();
    }

    @Test
    void whatCannotBeIsUndoneAndTheGuestRunsOn() {
        Path memory = directory().resolve("memory");
        Path overlay = directory().resolve("overlay.qcow2");
        assertThatThrownBy(() -> daemon.qmp().execute("transaction",
                Map.of("actions", List.of(migrate(memory), overlay("nope", overlay, "over")))))
                .isInstanceOf(QmpError.class)
                .hasMessage("Action 'blockdev-snapshot-sync': Cannot find device='' nor node-name='nope'");
        assertThatThrownBy(() -> daemon.qmp().execute("transaction", Map.of("actions",
                List.of(overlay("disk0", overlay, "over"), migrate(Path.of("/no/such/directory/memory"))))))
                .isInstanceOf(QmpError.class).hasMessageStartingWith("Action 'migrate': Could not create");

        assertThat(memory).doesNotExist();
        assertThat(overlay).doesNotExist();
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.qmp().execute("query-jobs")).isEmpty();
        // It is as it was: the same node can be snapshotted, and memory saved.
        daemon.qmp().execute("transaction",
                Map.of("actions", List.of(migrate(memory), overlay("disk0", overlay, "over"))));
        awaitJob("concluded");
        assertThat(memory).exists();
    }

    @Test
    void aSaveIsAJobThatIsSeenUntilItIsDismissed() {
        beginSave();
        Until.holds("the job is over", () -> job().path("status").asString("").equals("concluded"));
        var job = job();
        assertThat(job.path("type").asString()).isEqualTo("migrate");
        assertThat(job.path("current-progress").asLong()).isPositive()
                .isEqualTo(job.path("total-progress").asLong());
        assertThat(daemon.qmp().eventNames()).contains("JOB_STATUS_CHANGE");
        daemon.qmp().execute("job-dismiss", Map.of("id", job.path("id").asString()));
        assertThat(daemon.qmp().execute("query-jobs")).isEmpty();
    }

    @Test
    void aResetOfTheGuestMeanwhileDoesNotChangeWhatIsSaved() {
        Path memory = beginSave();
        daemon.qmp().execute("system_reset");
        awaitJob("concluded");

        assertThat(restoredCount(memory, disk, 1) - CountingGuest.onDisk(disk, freshPath())).isBetween(0L, 1L);
        assertThat(daemon.qmp().runState()).isEqualTo("running");
    }

    @Test
    void aGuestThatIsSwitchedOffMeanwhileLeavesNothingHalf() {
        Path memory = beginSave();
        daemon.qmp().execute("quit");

        assertThat(daemon.awaitExit()).isZero();
        assertWholeOrNotThere(memory);
    }

    @Test
    void aQemuThatDiesMeanwhileLeavesNothingHalf() {
        Path memory = beginSave();
        qemu.kill();

        daemon.awaitExit();
        assertWholeOrNotThere(memory);
    }

    /** A QEMU saves in the background as fast as it can, whatever its bandwidth: it may have been done. */
    private void assertWholeOrNotThere(Path memory) {
        assertThat(directory()).isDirectoryNotContaining(path -> path.toString().endsWith("partial"));
        if (Files.exists(memory)) {
            var seen = Programs.run(Tree.launch().toString(), "godwit", "inspect", "--verify", memory.toString());
            assertThat(seen.status()).as(seen.output()).isZero();
        }
    }

    @Test
    void aBackupThatIsCancelledTakesTheMemoryOfItsGroupWithIt() {
        Path memory = directory().resolve("memory");
        for (String node : List.of("source", "target")) {
            daemon.qmp().execute("blockdev-add",
                    Map.of("driver", "null-co", "node-name", node, "size", 64 << 20, "read-zeroes", true));
        }
        daemon.qmp().execute("transaction",
                Map.of("properties", Map.of("completion-mode", "grouped"), "actions", List.of(
                        migrate(memory), Map.of("type", "blockdev-backup", "data", Map.of("job-id", "backup", "device",
                                "source", "target", "target", "sync", "full", "speed", 1)))));
        Until.holds("the save waits", () -> job().path("status").asString("").equals("waiting"));
        daemon.qmp().execute("job-cancel", Map.of("id", "backup"));

        Until.holds("the save is over", () -> job().path("status").asString("").equals("concluded"));
        assertThat(job().path("error").asString()).isEqualTo("Operation canceled");
        assertThat(memory).doesNotExist();
        assertThat(daemon.qmp().runState()).isEqualTo("running");
    }

    /** Of memory and disk. */
    private Path beginSave() {
        Path memory = directory().resolve("memory");
        daemon.qmp().execute("transaction", Map.of("actions",
                List.of(migrate(memory), overlay("disk0", directory().resolve("overlay.qcow2"), "over"))));
        return memory;
    }

    /** Ours, which come before the QEMU's. */
    private JsonNode job() {
        return daemon.qmp().execute("query-jobs").path(0);
    }

    @Test
    void passesCommandsAndErrorsAndEventsThrough() {
        assertThat(daemon.qmp().execute("query-block")).isNotEmpty();
        assertThatThrownBy(() -> daemon.qmp().execute("device_del", Map.of("id", "nope")))
                .isInstanceOf(QmpError.class).hasMessage("Device 'nope' not found");
        daemon.qmp().execute("stop");
        daemon.qmp().execute("cont");
        assertThat(daemon.qmp().eventNames()).containsSubsequence("STOP", "RESUME");
    }

    @Test
    void endsWithItsQemu() {
        daemon.qmp().execute("quit");
        assertThat(daemon.awaitExit()).isZero();
    }

    private static Map<String, ?> migrate(Path memory) {
        return Map.of("type", "migrate", "data", Map.of("uri", "file:" + memory));
    }

    private static Map<String, ?> overlay(String node, Path file, String name) {
        return Map.of("type", "blockdev-snapshot-sync", "data",
                Map.of("node-name", node, "snapshot-file", file.toString(), "snapshot-node-name", name));
    }

    /** Waits for the only job, which must have gone well, and dismisses it. */
    private void awaitJob(String status) {
        Until.holds("the job is " + status, () -> daemon.qmp().execute("query-jobs").path(0).path("status").asString("")
                .equals(status));
        var job = daemon.qmp().execute("query-jobs").path(0);
        assertThat(job.has("error")).as(job.toString()).isFalse();
        daemon.qmp().execute("job-dismiss", Map.of("id", job.path("id").asString()));
    }

    /** What the guest has counted to in a saved memory, as a QEMU finds that has loaded it over the disk of that time. */
    private long restoredCount(Path memory, Path ofThatTime, int round) {
        Path scratch = CountingGuest.diskOver(ofThatTime, directory().resolve("scratch-" + round + ".qcow2"));
        try (QemuProcess restored = QemuProcess.start(directory(), "restored-" + round,
                guest.on(scratch).incoming().paused())) {
            restored.qmp().setCapabilities("mapped-ram");
            restored.listen("file:" + memory);
            restored.qmp().awaitMigration(COMPLETED);
            return CountingGuest.inMemory(restored);
        }
    }
}
