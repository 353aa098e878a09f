package io.godwit.daemon.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Job;
import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qapi.TransactionArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a transaction does to whom and when, and what it leaves when a part of it fails. */
class TransactionTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String MIGRATE = "{'type': 'migrate', 'data': {'uri': 'file:/m'}}";
    private static final String ABORT = "{'type': 'abort', 'data': {}}";
    private static final String BITMAP = "{'type': 'block-dirty-bitmap-add', 'data': {'node': 'd', 'name': 'b'}}";

    @TempDir
    Path directory = Path.of("");

    private final List<String> calls = new ArrayList<>();
    private final Disks disks = new Disks();
    private final Memory memory = new Memory();

    @Test
    void triesEverythingBeforeTheGuestStandsStillAndTakesTheImagesThatWereMade() throws Exception {
        run("individual", MIGRATE, snapshot("o.qcow2"));

        assertThat(calls).containsExactly("rehearse", "prepare", "rehearse blockdev-snapshot-sync", "stop",
                "commit blockdev-snapshot-sync existing", "go on");
        assertThat(directory.resolve("o.qcow2")).exists();
    }

    @Test
    void withoutMemoryItIsTheBlockLayersAlone() throws Exception {
        run("individual", BITMAP, snapshot("o.qcow2"));

        assertThat(calls).containsExactly("commit block-dirty-bitmap-add blockdev-snapshot-sync");
    }

    @Test
    void anAbortComesAfterTheFaultsBeforeItAndUndoesTheRest() {
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2"), ABORT, BITMAP))
                .isInstanceOf(QmpException.class).hasMessage("Transaction aborted using Abort action");

        assertThat(calls).containsExactly("rehearse", "prepare", "rehearse blockdev-snapshot-sync", "abandon");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aBlockActionThatCannotBeKeepsTheGuestFromStopping() {
        disks.refusal = "Bitmap already exists: b";
        assertThatThrownBy(() -> run("individual", BITMAP, MIGRATE))
                .hasMessage("Action 'block-dirty-bitmap-add': Bitmap already exists: b");

        assertThat(calls).containsExactly("rehearse block-dirty-bitmap-add");
    }

    @Test
    void memoryThatCannotBeSavedLeavesNoImageAndIsNamed() {
        memory.refusal = "Could not open '/m': No such file or directory";
        assertThatThrownBy(() -> run("individual", snapshot("o.qcow2"), MIGRATE))
                .hasMessage("Action 'migrate': Could not open '/m': No such file or directory");

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aBlockLayerThatRefusesAtTheLastMomentLeavesNothing() {
        disks.refusalOfCommit = new QmpException("No space left on device");
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2")))
                .hasMessage("Action 'blockdev-snapshot-sync': No space left on device");

        assertThat(calls).endsWith("stop", "commit blockdev-snapshot-sync existing", "goes on, undone");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aBlockLayerThatIsGoneLeavesNothing() {
        disks.refusalOfCommit = new IOException("it has closed the connection");
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2")))
                .hasMessage("Action 'blockdev-snapshot-sync': The block layer was lost: it has closed the connection");

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatFailsAfterTheCommitTakesNothingAway() {
        memory.refusalOfResume = "The QEMU has not answered: no answer within 30000 ms";
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2"))).hasMessage(
                "The QEMU has not answered: no answer within 30000 ms; all actions have been carried out all the same");

        assertThat(directory.resolve("o.qcow2")).exists();
    }

    @Test
    void anImageThatIsInUseAllTheSameStaysAndTheErrorSaysSo() {
        disks.refusalOfCommit = new IOException("no answer within 10000 ms");
        disks.use = BlockLayer.ImageUse.OPEN;
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2")))
                .hasMessageContaining("has carried the block actions out all the same")
                .hasMessageContaining(directory.resolve("o.qcow2").toString());

        assertThat(directory.resolve("o.qcow2")).exists();
    }

    @Test
    void anImageOfWhichNothingIsKnownStays() {
        disks.refusalOfCommit = new IOException("no answer within 10000 ms");
        disks.use = BlockLayer.ImageUse.UNKNOWN;
        assertThatThrownBy(() -> run("individual", MIGRATE, snapshot("o.qcow2")))
                .hasMessageContaining("is not known");

        assertThat(directory.resolve("o.qcow2")).exists();
    }

    @Test
    void aFileThatWasThereBeforeIsNotRemoved() throws IOException {
        Files.createFile(directory.resolve("o.qcow2"));
        assertThatThrownBy(() -> run("individual", snapshot("o.qcow2"), ABORT));

        assertThat(directory.resolve("o.qcow2")).exists();
    }

    @Test
    void aGroupTakesAFileThatCanBeTakenBack() throws IOException {
        Path there = Files.createFile(directory.resolve("there"));
        for (String uri : List.of("file:" + there, "unix:/s", "file:/dev/fdset/1")) {
            assertThatThrownBy(() -> run("grouped", "{'type': 'migrate', 'data': {'uri': '" + uri + "'}}"))
                    .hasMessageStartingWith(
                            "Action 'migrate': completion-mode = grouped takes a file that is not there yet");
        }
        assertThat(there).exists();
        assertThat(calls).containsOnly("rehearse");
    }

    @Test
    void whatFailsIsNamedThoughTheBlockLayerDoesNotSayWhich() {
        disks.refusal = "Bitmap already exists: b";
        disks.refused = TransactionActionKind.BLOCK_DIRTY_BITMAP_ADD;
        assertThatThrownBy(() -> run("individual", snapshot("o.qcow2"), BITMAP, snapshot("p.qcow2"), MIGRATE))
                .hasMessage("Action 'block-dirty-bitmap-add': Bitmap already exists: b");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void onlyJobsCanBeGrouped() {
        assertThatThrownBy(() -> run("grouped", snapshot("o.qcow2"))).hasMessage(
                "Action 'blockdev-snapshot-sync' does not support transaction property completion-mode = grouped");
        assertThat(calls).isEmpty();
    }

    @Test
    void memoryIsSavedOnce() {
        assertThatThrownBy(() -> run("individual", MIGRATE, MIGRATE))
                .hasMessage("Action 'migrate' can be in a transaction once");
        assertThat(calls).isEmpty();
    }

    private String snapshot(String file) {
        return "{'type': 'blockdev-snapshot-sync', 'data': {'node-name': 'd', 'snapshot-node-name': 'o',"
                + " 'snapshot-file': '" + directory.resolve(file) + "'}}";
    }

    private void run(String mode, String... actions) throws QmpException {
        var arguments = (ObjectNode) JSON.readTree(("{'actions': [" + String.join(",", actions)
                + "], 'properties': {'completion-mode': '" + mode + "'}}").replace('\'', '"'));
        Transaction.run(disks, memory, TransactionArguments.TYPE.parse(arguments));
    }

    /** A block layer that makes the files it is told to make, as a real one does, and leaves them. */
    private final class Disks implements BlockLayer {
        private @Nullable String refusal;
        /** Which is refused; null for all. */
        private @Nullable TransactionActionKind refused;
        private @Nullable Exception refusalOfCommit;
        private ImageUse use = ImageUse.NOT_OPEN;

        @Override
        public void rehearse(List<TransactionAction.Block> actions) throws QmpException {
            calls.add("rehearse" + words(actions));
            actions.forEach(this::make);
            if (refusal != null && (refused == null || actions.stream().anyMatch(each -> each.kind() == refused))) {
                throw new QmpException(refusal);
            }
        }

        @Override
        public void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode)
                throws QmpException, IOException {
            calls.add("commit" + words(actions));
            actions.forEach(this::make);
            switch (refusalOfCommit) {
                case QmpException refused -> throw refused;
                case IOException gone -> throw gone;
                case null, default -> {
                }
            }
        }

        private void make(TransactionAction.Block action) {
            action.data().newImage().ifPresent(file -> {
                try {
                    Files.writeString(Path.of(file), "");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        private static String words(List<TransactionAction.Block> actions) {
            var words = new StringBuilder();
            for (var action : actions) {
                words.append(' ').append(action.kind().qapiName());
                if (action.data().given().has("mode")) {
                    words.append(' ').append(action.data().given().get("mode").stringValue());
                }
            }
            return words.toString();
        }

        @Override
        public ImageUse use(String imageFile) {
            return use;
        }

        @Override
        public void change(TransactionActionKind command, BlockArguments arguments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public JsonNode execute(String command, ObjectNode arguments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void tellJob(String command, String id) {
            throw new UnsupportedOperationException();
        }
    }

    /** A guest's memory that is never saved. */
    private final class Memory implements GuestMemory {
        private @Nullable String refusal;
        private @Nullable String refusalOfResume;

        @Override
        public Prepared prepare(MigrateArguments arguments) throws QmpException {
            calls.add("prepare");
            if (refusal != null) {
                throw new QmpException(refusal);
            }
            return new Prepared() {
                private boolean over;

                @Override
                public Job job() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void begin(Commit commit) throws QmpException {
                    calls.add("stop");
                    over = true;
                    boolean done = false;
                    try {
                        commit.run();
                        if (refusalOfResume != null) {
                            throw new QmpException(refusalOfResume);
                        }
                        done = true;
                    } finally {
                        calls.add(done ? "go on" : "goes on, undone");
                    }
                }

                @Override
                public void close() {
                    if (!over) {
                        calls.add("abandon");
                    }
                }
            };
        }
    }
}
