package io.godwit.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidfileTest {
    @TempDir
    private Path directory;

    @Test
    void holdsTheProcessIdWhileOpenAndIsGoneAfterwards() throws IOException {
        var path = directory.resolve("pid");
        var pidfile = new Pidfile(path);

        assertThat(path).hasContent(ProcessHandle.current().pid() + "\n");

        pidfile.close();
        pidfile.close();
        assertThat(path).doesNotExist();
    }

    @Test
    void takesOverAFileThatNobodyHolds() throws IOException {
        var path = directory.resolve("pid");
        Files.writeString(path, "999999999 and a tail\n");

        try (var _ = new Pidfile(path)) {
            assertThat(path).hasContent(ProcessHandle.current().pid() + "\n");
        }
    }

    @Test
    void saysWhyItCannotBeWritten() {
        assertThatIOException().isThrownBy(() -> new Pidfile(directory.resolve("none/pid")))
                .withMessageStartingWith("Cannot write the pidfile " + directory.resolve("none/pid") + ": ");
    }
}
