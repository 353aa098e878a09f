package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.json.JsonMapper;

/** Conversations recorded from a real QEMU, where they lie beside the tree: each one against a fresh daemon. */
@RequiresPython
class TranscriptsIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Path RECORDINGS = Tree.root().resolveSibling("shared").resolve("qmp");

    /** By a transcript's {@code needs}. It puts RAM into a disk image, which no block layer offers by QMP. */
    private static final String LACKED = "snapshot-save";

    /** A replay mostly waits, to see that nothing more comes. */
    private static final int AT_ONCE = 3;

    private record Replay(int status, String output) {}

    @AutoClose
    private final ExecutorService replays = Executors.newFixedThreadPool(AT_ONCE);

    @TestFactory
    List<DynamicTest> answersAsRecorded() throws IOException {
        Path transcripts = RECORDINGS.resolve("transcripts");
        assumeTrue(Files.isDirectory(transcripts), "no recordings in " + transcripts);
        try (Stream<Path> files = Files.list(transcripts)) {
            return files.filter(file -> file.toString().endsWith(".json")).filter(file -> !needs(file, LACKED)).sorted()
                    .map(this::test).toList();
        }
    }

    private DynamicTest test(Path transcript) {
        Future<Replay> replay = replays.submit(() -> replay(transcript));
        return DynamicTest.dynamicTest(transcript.getFileName().toString(), transcript.toUri(), () -> {
            Replay done = replay.get();
            assertThat(done.status()).as(done.output()).isZero();
        });
    }

    private static boolean needs(Path transcript, String what) {
        return JSON.readTree(transcript).path("needs").valueStream().anyMatch(need -> need.asString().equals(what));
    }

    private static Replay replay(Path transcript) throws IOException, InterruptedException {
        String server = Tree.script("start-godwitd.sh") + " {socket} {state} {memory} {dir} {disks}";
        Process process = new ProcessBuilder("python3", "-B", RECORDINGS.resolve("replay.py").toString(), "--scale",
                "3",
                "--start-cmd", server, transcript.toString()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Replay(process.waitFor(), output);
    }
}
