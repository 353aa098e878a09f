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
import io.godwit.it.fixture.Tmpfs;
import io.godwit.it.fixture.Until;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
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
        assertRefused("Action 'blockdev-snapshot-sync': New overlay node-name already in use",
                migrate("file:" + memory), overlay("disk0", "disk0"));
        assertRefused("Action 'blockdev-snapshot-sync': Cannot find device='' nor node-name='nope'",
                overlay("nope", "over"),
                migrate("file:" + memory));
        assertUntouched();
    }

    @Test
    void memoryThatCannotBeSavedLeavesTheDisksAlone() {
        assertRefused("Action 'migrate': ", overlay("disk0", "over"), migrate("file:/no/such/directory/memory"));
        assertRefused("Action 'migrate': Terms are for a guest that goes", overlay("disk0", "over"),
                Map.of("type", "migrate", "data",
                        Map.of("uri", "file:" + memory, "deadline-s", 9)));
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
        assertRefused("Action 'blockdev-snapshot-sync': The block layer ", overlay("disk0", "over"),
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
    void aFullDiskInMidSaveLeavesNoFileAndTheJobSaysSo() throws IOException {
        Tmpfs small = closeAtEnd(Tmpfs.mount(directory().resolve("small"), 16));
        memory = small.root().resolve("memory");
        transaction(migrate("file:" + memory), overlay("disk0", "over"));
        awaitJobsEnd();

        assertThat(job().path("error").asString()).contains("No space left on device");
        assertThat(small.root()).isEmptyDirectory();
        assertThat(disks.nodes()).as("what was committed stays").contains("over");
        assertRunsOn();
    }

    @Test
    void aSecondOneMeanwhileIsRefusedAndLeavesTheFirstAlone() {
        daemon.qmp().setParameter("max-bandwidth", 1 << 20);
        transaction(migrate("file:" + memory), overlay("disk0", "over"));
        overlay = directory().resolve("second.qcow2");
        assertRefused("Action 'migrate': There's a migration process in progress", overlay("over", "second"),
                migrate("file:" + memory));
        assertThat(overlay).doesNotExist();
        daemon.qmp().setParameter("max-bandwidth", 0);
        awaitJobsEnd();

        assertThat(job().has("error")).as(job().toString()).isFalse();
        assertThat(memory).exists();
        assertRunsOn();
    }

    @Test
    void aClientThatHangsUpMeanwhileHasItsTransactionAllTheSame() throws IOException {
        String request = "{'execute':'qmp_capabilities'}{'execute':'transaction','arguments':{'actions':["
                + "{'type':'blockdev-snapshot-sync','data':{'node-name':'disk0','snapshot-node-name':'over','snapshot-file':'"
                + overlay + "'}},{'type':'migrate','data':{'uri':'file:" + memory + "'}}]}}\n";
        daemon.makeWay();
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(daemon.socket()))) {
            client.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            Until.holds("it has begun", () -> Files.exists(overlay));
        }
        awaitJobsEnd();

        assertThat(job().has("error")).as(job().toString()).isFalse();
        assertThat(memory).exists();
        assertThat(disks.nodes()).contains("over");
        assertRunsOn();
    }

    @Test
    void jobsOfAGroupEndWellTogether() {
        transaction("grouped", migrate("file:" + memory), backup(new NullTarget(0)));
        Until.holds("the save is over", () -> jobStatus("migrate0").equals("concluded"));

        assertThat(job().has("error")).as(job().toString()).isFalse();
        assertThat(memory).exists();
        Until.holds("the backup has dismissed itself", () -> daemon.qmp().execute("query-jobs").size() == 1);
        assertRunsOn();
    }

    @Test
    void aBackupThatIsCancelledTakesTheMemoryOfItsGroupWithIt() {
        transaction("grouped", migrate("file:" + memory), backup(new NullTarget(1)));
        Until.holds("the save waits for the backup", () -> jobStatus("migrate0").equals("waiting"));
        assertThat(memory).exists();

        daemon.qmp().execute("job-cancel", Map.of("id", "backup"));

        assertGroupIsGone("migrate0");
    }

    @Test
    void aBackupThatFailsTakesTheMemoryOfItsGroupWithIt() {
        transaction("grouped", migrate("file:" + memory), backup(new BrokenTarget()));

        assertGroupIsGone("migrate0");
    }

    @Test
    void memoryThatIsCancelledTakesTheBackupOfItsGroupWithIt() {
        daemon.qmp().setParameter("max-bandwidth", 1 << 20);
        transaction("grouped", migrate("file:" + memory), backup(new NullTarget(1)));
        daemon.qmp().execute("job-cancel", Map.of("id", "migrate0"));

        assertGroupIsGone("migrate0");
    }

    @Test
    void memoryThatIsGivenUpWhileItWaitsTakesTheBackupWithIt() {
        transaction("grouped", migrate("file:" + memory), backup(new NullTarget(1)));
        Until.holds("the save waits for the backup", () -> jobStatus("migrate0").equals("waiting"));
        daemon.qmp().execute("job-cancel", Map.of("id", "migrate0"));

        assertGroupIsGone("migrate0");
    }

    private void assertGroupIsGone(String save) {
        Until.holds("the save is over", () -> jobStatus(save).equals("concluded"));
        Until.holds("the backup is gone", () -> daemon.qmp().execute("query-jobs").size() == 1);
        assertThat(job().path("error").asString()).isEqualTo("Operation canceled");
        assertThat(memory).doesNotExist();
        assertThat(Path.of(memory + ".seal")).doesNotExist();
        assertRunsOn();
    }

    private String jobStatus(String id) {
        return daemon.qmp().execute("query-jobs").valueStream().filter(job -> job.path("id").asString().equals(id))
                .map(job -> job.path("status").asString()).findFirst().orElse("");
    }

    /** Where a backup goes, as a node of the block layer's. */
    private sealed interface Target {}

    /** It takes everything; {@code bytesPerSecond} at most, if not 0. */
    private record NullTarget(long bytesPerSecond) implements Target {}

    /** It refuses what is written. */
    private record BrokenTarget() implements Target {}

    /** Of a node large enough for a speed to matter. */
    private Map<String, ?> backup(Target target) {
        addNull("source");
        long speed = 0;
        switch (target) {
            case NullTarget(long bytesPerSecond) -> {
                speed = bytesPerSecond;
                addNull("target");
            }
            case BrokenTarget() -> {
                addNull("sound");
                disks.qmp().execute("blockdev-add", Map.of("driver", "blkdebug", "node-name", "target", "image",
                        "sound", "inject-error", List.of(Map.of("event", "none", "once", false))));
            }
        }
        return Map.of("type", "blockdev-backup", "data",
                Map.of("job-id", "backup", "device", "source", "target", "target", "sync", "full", "speed", speed));
    }

    private void addNull(String node) {
        disks.qmp().execute("blockdev-add",
                Map.of("driver", "null-co", "node-name", node, "size", 64 << 20, "read-zeroes", true));
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
            assertRefused("Action 'blockdev-snapshot-sync': Cannot find", migrate("file:" + memory),
                    overlay("nope", "x"));
        }

        daemon.awaitNoMoreThan(before);
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

    private void assertRunsOn() {
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.verify()).isNotEmpty();
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
