package io.godwit.daemon.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Job;
import io.godwit.daemon.jobs.JobWork;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Two backups and a save that end well together, or not at all. */
class CompletionGroupTest {
    private static final String CANCELED = "Operation canceled";

    @TempDir
    Path directory = Path.of("");

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Map<String, String> statuses = new ConcurrentHashMap<>(Map.of("b0", "running", "b1", "running"));
    private final Map<String, String> errors = new ConcurrentHashMap<>();
    private final CountDownLatch concluded = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final Jobs jobs = new Jobs((id, status) -> {
        if (status.qapiName().equals("concluded")) {
            concluded.countDown();
        }
    });
    private final Job save = jobs.create("migrate", new Save());
    private Path file = Path.of("");

    @BeforeEach
    void begin() throws IOException {
        file = Files.createFile(directory.resolve("memory"));
        var group = new CompletionGroup(new Disks(),
                List.of(new GroupedBackup("b0", true), new GroupedBackup("b1", false)),
                save, new SavedFile(file));
        save.running();
        group.start();
    }

    @AfterEach
    void end() {
        jobs.close();
    }

    @Test
    void endsWellWhenAllAreDone() throws InterruptedException {
        save.succeeded();
        statuses.replaceAll((id, status) -> "pending");
        concluded.await();
        jobs.close();

        assertThat(jobs.query().getFirst().has("error")).isFalse();
        assertThat(file).exists();
        assertThat(told).containsExactly("job-finalize b0", "job-dismiss b0");
    }

    @Test
    void aBackupThatFailsCancelsTheSave() throws InterruptedException {
        fail("b1");
        cancelled.await();
        save.failed(CANCELED); // as who saves says then
        jobs.close();

        assertThat(told).contains("job-cancel b0").doesNotContain("job-finalize b0");
    }

    @Test
    void aBackupThatFailsAfterTheSaveTakesItsFileBack() throws InterruptedException, IOException {
        Files.createFile(directory.resolve("memory.seal"));
        save.succeeded();
        fail("b1");
        concluded.await();
        jobs.close();

        assertThat(jobs.query().getFirst().get("error").asString()).isEqualTo(CANCELED);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aSaveThatFailsCancelsTheBackups() {
        save.failed("No space left on device");
        jobs.close();

        assertThat(told).startsWith("job-cancel b0");
        assertThat(statuses).containsEntry("b0", "concluded").containsEntry("b1", "concluded");
    }

    @Test
    void aSaveThatIsGivenUpWhileItWaitsCancelsTheBackupsAndItsFileGoes() throws Exception {
        save.succeeded();
        save.cancel();
        concluded.await();
        jobs.close();

        assertThat(told).startsWith("job-cancel b0");
        assertThat(file).doesNotExist();
    }

    private void fail(String id) {
        errors.put(id, "Input/output error");
        statuses.put(id, "concluded");
    }

    private final class Save implements JobWork {
        @Override
        public Progress progress() {
            return new Progress(1, 1);
        }

        @Override
        public void cancel() {
            cancelled.countDown();
        }
    }

    /** Its jobs are as {@link #statuses} says, and obey. */
    private final class Disks implements BlockLayer {
        @Override
        public JsonNode execute(String command, ObjectNode arguments) {
            var list = JsonNodeFactory.instance.arrayNode();
            statuses.forEach((id, status) -> {
                var job = list.addObject().put("id", id).put("status", status);
                if (errors.containsKey(id)) {
                    job.put("error", errors.get(id));
                }
            });
            return list;
        }

        @Override
        public void tellJob(String command, String id) throws QmpException {
            told.add(command + " " + id);
            if (command.equals("job-cancel")) {
                statuses.keySet().forEach(each -> errors.putIfAbsent(each, CANCELED));
            }
            if (!command.equals("job-dismiss")) {
                statuses.replaceAll((each, status) -> "concluded");
            }
        }

        @Override
        public void change(TransactionActionKind command, BlockArguments arguments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void rehearse(List<TransactionAction.Block> actions) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ImageUse use(String imageFile) {
            throw new UnsupportedOperationException();
        }
    }
}
