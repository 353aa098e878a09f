package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {

    @TempDir
    private Path home;

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void liesInTheStateDirectoryForTheUserAlone() throws IOException {
        Path file = HistoryFile.prepare(Map.of("XDG_STATE_HOME", home.resolve("state").toString()), Path.of("/none"));

        assertThat(file).isEqualTo(home.resolve("state/godwit/qmp-history")).isEmptyFile();
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(home.resolve("state/godwit"))).isEqualTo("rwx------");
    }

    @Test
    void liesInTheHomeDirectoryWithoutOne() throws IOException {
        assertThat(HistoryFile.prepare(Map.of(), home)).isEqualTo(home.resolve(".local/state/godwit/qmp-history"));
        assertThat(HistoryFile.prepare(Map.of("XDG_STATE_HOME", "relative"), home))
                .isEqualTo(home.resolve(".local/state/godwit/qmp-history"));
    }

    @Test
    void isMadePrivateWhereItWasNotAndKeepsItsLines() throws IOException {
        Path file = HistoryFile.prepare(Map.of(), home);
        Files.writeString(file, "1:stop\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        HistoryFile.prepare(Map.of(), home);

        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(file).hasContent("1:stop\n");
    }

    @Test
    void isNotThereWhereItCannotBe() throws IOException {
        Files.createFile(home.resolve(".local"));

        assertThatIOException().isThrownBy(() -> HistoryFile.prepare(Map.of(), home));
    }
}
