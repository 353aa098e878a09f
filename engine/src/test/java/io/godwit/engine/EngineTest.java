package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.migration.Endpoint;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What tests of migrations within this process have: a directory, a socket in it, and that nothing of a migration is left behind. */
abstract class EngineTest {
    @TempDir
    Path dir;
    private final Resources before = Resources.now();

    /** The JDK opens a descriptor for good with its first socket, and another when it first closes one. */
    @BeforeAll
    static void openTheFirstSocket() throws IOException {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).close();
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
    }

    /** After whatever the test itself has to put away; temporary files have names that begin with a dot. */
    @AfterEach
    final void nothingIsLeft() throws IOException {
        before.assertSameNow();
        try (var files = Files.list(dir)) {
            assertThat(files.map(path -> String.valueOf(path.getFileName()))).noneMatch(name -> name.startsWith("."));
        }
    }

    /** Where the two ends meet. */
    final Endpoint.Unix socket() {
        return new Endpoint.Unix(dir.resolve("peer"));
    }
}
