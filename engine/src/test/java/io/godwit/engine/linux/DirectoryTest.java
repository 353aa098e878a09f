package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTest {
    private static final Set<OpenFlag> NEW = Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

    private SortedSet<String> descriptors = new TreeSet<>();

    @TempDir
    private Path path;

    @BeforeEach
    void count() throws IOException {
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    @Test
    void knowsWhichFileANameMeans() throws IOException {
        try (Directory directory = Directory.open(path);
                Fd one = directory.open("one", NEW, 0600);
                Fd two = directory.open("two", NEW, 0600)) {
            Files.createSymbolicLink(path.resolve("link"), Path.of("one"));
            assertThat(directory.names("one", one)).isTrue();
            assertThat(directory.names("one", two)).isFalse();
            assertThat(directory.names("link", one)).as("a link means itself").isFalse();
            assertThat(directory.names("none", one)).isFalse();
            directory.rename("two", "one");
            assertThat(directory.names("one", two)).isTrue();
            assertThat(directory.names("two", two)).isFalse();
            directory.remove("one");
            assertThat(directory.names("one", two)).isFalse();
            directory.sync();
        }
    }

    @Test
    void staysTheDirectoryThatItsPathLedTo() throws IOException {
        Path before = Files.createDirectory(path.resolve("before"));
        try (Directory directory = Directory.open(before)) {
            Files.move(before, path.resolve("after"));
            directory.open("file", NEW, 0600).close();
        }
        assertThat(path.resolve("after/file")).exists();
    }

    @Test
    void saysWhatFailedAndOnWhat() throws IOException {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> Directory.open(path.resolve("none")))
                .withMessage("open '%s/none': No such file or directory", path);
        try (Directory directory = Directory.open(path)) {
            directory.open("file", NEW, 0600).close();
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> directory.open("file", NEW, 0600))
                    .withMessage("open '%s/file': File exists", path);
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> directory.rename("a", "b"))
                    .withMessage("rename '%s/a' to 'b': No such file or directory", path);
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> directory.remove("a"))
                    .withMessage("remove '%s/a': No such file or directory", path);
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> Directory.open(path.resolve("file")))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOTDIR));
        }
    }
}
