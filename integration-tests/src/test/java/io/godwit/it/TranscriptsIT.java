package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Conversations recorded from a real QEMU, where they lie beside the tree: each one against a fresh daemon. */
@RequiresPython
class TranscriptsIT {

    private static final Path RECORDINGS = Tree.root().resolveSibling("shared").resolve("qmp");

    /** {@code snapshot-save} puts RAM into a disk image, which no block layer offers by QMP. */
    private static final Set<String> LATER = Set.of("jobs-snapshot.json");

    @TestFactory
    Stream<DynamicTest> answersAsRecorded() throws IOException {
        Path transcripts = RECORDINGS.resolve("transcripts");
        assumeTrue(Files.isDirectory(transcripts), "no recordings in " + transcripts);
        try (Stream<Path> files = Files.list(transcripts)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .filter(file -> !LATER.contains(file.getFileName().toString())).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), file.toUri(),
                            () -> replay(file)));
        }
    }

    private static void replay(Path transcript) throws IOException, InterruptedException {
        String server = Tree.script("start-godwitd.sh") + " {socket} {state} {memory} {dir} {disks}";
        Process process = new ProcessBuilder("python3", "-B", RECORDINGS.resolve("replay.py").toString(), "--scale",
                "3",
                "--start-cmd", server, transcript.toString()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
