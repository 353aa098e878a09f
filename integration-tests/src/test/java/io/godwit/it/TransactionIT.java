package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.StorageDaemon;
import io.godwit.it.fixture.Until;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A guest of ours whose disks are a qemu-storage-daemon's: what happens to both at one instant, and what is left when it cannot. */
@RequiresQemu
@RequiresRoot
class TransactionIT extends MigrationTest {
    private StorageDaemon disks;
    private DaemonProcess daemon;
    private Path memory = Path.of("");
    private Path overlay = Path.of("");

    @BeforeEach
    void start() {
        disks = closeAtEnd(StorageDaemon.start(directory(), "disks"));
        daemon = daemon("daemon", GuestOptions.workload().with("--block-qmp", "unix:" + disks.blockMonitor()));
        daemon.qmp().setCapabilities("mapped-ram");
        memory = directory().resolve("memory");
        overlay = directory().resolve("overlay.qcow2");
    }

    @Test
    void catchesMemoryAndDiskWhileTheGuestRuns() {
        transaction(migrate("file:" + memory), overlay("disk0", "over"));
        assertThat(disks.nodes()).contains("over");
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        awaitJobsEnd();
        assertThat(job().has("error")).as(job().toString()).isFalse();
        assertThat(job().path("current-progress").asLong()).isEqualTo(job().path("total-progress").asLong());

        DaemonProcess restored = daemon("restored", GuestOptions.workload().incoming());
        restored.qmp().setCapabilities("mapped-ram");
        restored.listen("file:" + memory);
        restored.qmp().awaitMigration(MigrationStatus.COMPLETED);
        assertThat(restored.verify()).isNotEmpty();
        assertThat(daemon.verify()).isNotEmpty();
    }

    @Test
    void theClientWritesDownWhatBelongsTogether() throws IOException {
        var result = daemon.client("snapshot", memory.toString(), "--disk", "disk0=" + overlay);
        assertThat(result.status()).as(result.output()).isZero();

        assertThat(Files.readString(directory().resolve("memory.json"))).contains("\"seal\" : \"ok\"",
                "\"overlay\" : \"" + overlay + "\"", "disks.qcow2");
        assertThat(memory).exists();
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.qmp().execute("query-jobs")).isEmpty();
    }

    @Test
    void catchesThemOfAGuestThatIsPaused() {
        daemon.qmp().execute("stop");
        transaction(overlay("disk0", "over"), migrate("file:" + memory));
        awaitJobsEnd();

        assertThat(memory).exists();
        assertThat(disks.nodes()).contains("over");
        assertThat(daemon.qmp().execute("query-status").path("running").asBoolean()).isFalse();
    }

    @Test
    void aBlockActionThatFailsLeavesNoFileAndNoJob() {
        assertRefused("New overlay node-name already in use", migrate("file:" + memory), overlay("disk0", "disk0"));
        assertRefused("Cannot find device='' nor node-name='nope'", overlay("nope", "over"),
                migrate("file:" + memory));
        assertUntouched();
    }

    @Test
    void memoryThatCannotBeSavedLeavesTheDisksAlone() {
        assertRefused("Action 'migrate': ", overlay("disk0", "over"), migrate("file:/no/such/directory/memory"));
        assertUntouched();
    }

    @Test
    void anAbortUndoesBoth() {
        assertRefused("Transaction aborted using Abort action", migrate("file:" + memory), overlay("disk0", "over"),
                Map.of("type", "abort", "data", Map.of()));
        assertUntouched();
    }

    @Test
    void aBlockLayerThatDiesBetweenPrepareAndCommitLeavesNothing() {
        daemon.qmp().clearCapabilities("mapped-ram");
        // The block actions have been tried when the migration's command starts.
        assertRefused("The block layer ", overlay("disk0", "over"),
                migrate("exec:kill -9 " + disks.pid() + "; cat > " + memory + ".stream"));

        Until.holds("the guest runs on", () -> daemon.qmp().runState().equals("running"));
        assertThat(overlay).doesNotExist();
        assertThat(daemon.qmp().execute("query-status").path("running").asBoolean()).isTrue();
        assertThat(daemon.verify()).isNotEmpty();
    }

    @Test
    void aJobThatIsCancelledLeavesNoFile() {
        daemon.qmp().setParameter("max-bandwidth", 1 << 20);
        transaction(migrate("file:" + memory), overlay("disk0", "over"));
        daemon.qmp().execute("job-cancel", Map.of("id", job().path("id").asString()));
        awaitJobsEnd();

        assertThat(job().path("error").asString()).isEqualTo("Operation canceled");
        assertThat(memory).doesNotExist();
        assertThat(daemon.qmp().runState()).isEqualTo("running");
    }

    @Test
    void whatABlockLayerCanDoAloneItDoesAndItsJobsAreSeen() {
        transaction(Map.of("type", "block-dirty-bitmap-add", "data", Map.of("node", "disk0", "name", "b")));
        assertThatThrownBy(() -> daemon.qmp().execute("block-dirty-bitmap-add", Map.of("node", "disk0", "name", "b")))
                .isInstanceOf(QmpError.class).hasMessage("Bitmap already exists: b");
        disks.qmp().execute("blockdev-add",
                Map.of("driver", "null-co", "node-name", "target", "size", 1 << 20, "read-zeroes", true));
        transaction("grouped", Map.of("type", "blockdev-backup", "data", Map.of("job-id", "backup", "device", "disk0",
                "target", "target", "sync", "full", "auto-dismiss", false)));
        Until.holds("the block layer's job has ended", () -> job().path("status").asString("").equals("concluded"));
        daemon.qmp().execute("job-dismiss", Map.of("id", "backup"));

        assertThat(daemon.qmp().execute("query-jobs")).isEmpty();
        assertThat(daemon.qmp().eventNames()).contains("JOB_STATUS_CHANGE");
    }

    @Test
    void nothingOfATransactionStaysBehindInTheDaemon() {
        transaction(migrate("file:" + memory), overlay("disk0", "over")); // what is made once
        awaitJobsEnd();
        ProcessResources before = daemon.resources();
        for (int round = 0; round < 3; round++) {
            assertRefused("Cannot find", migrate("file:" + memory), overlay("nope", "x"));
        }

        Until.holds("all is given back", () -> daemon.resources().equals(before));
    }

    private void transaction(Map<?, ?>... actions) {
        transaction("individual", actions);
    }

    private void transaction(String mode, Map<?, ?>... actions) {
        daemon.qmp().execute("transaction",
                Map.of("actions", List.of(actions), "properties", Map.of("completion-mode", mode)));
    }

    private static Map<String, ?> migrate(String uri) {
        return Map.of("type", "migrate", "data", Map.of("uri", uri));
    }

    private Map<String, ?> overlay(String node, String name) {
        return Map.of("type", "blockdev-snapshot-sync", "data",
                Map.of("node-name", node, "snapshot-file", overlay.toString(), "snapshot-node-name", name));
    }

    private void assertRefused(String beginning, Map<?, ?>... actions) {
        assertThatThrownBy(() -> transaction(actions)).isInstanceOf(QmpError.class).hasMessageStartingWith(beginning);
    }

    /** Neither file is there, the node is free, no job is left, the guest runs and finds nothing wrong. */
    private void assertUntouched() {
        assertThat(memory).doesNotExist();
        assertThat(overlay).doesNotExist();
        assertThat(disks.nodes()).doesNotContain("over");
        assertThat(daemon.qmp().execute("query-jobs")).isEmpty();
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.verify()).isNotEmpty();
    }

    private JsonNode job() {
        return daemon.qmp().execute("query-jobs").path(0);
    }

    private void awaitJobsEnd() {
        Until.holds("the job is concluded", () -> job().path("status").asString("").equals("concluded"));
    }
}
