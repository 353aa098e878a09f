package io.godwit.engine.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.ProcessResources;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NewFileTest {
    private SortedSet<String> descriptors = new TreeSet<>();

    @TempDir
    private Path directory;
    private Path file = Path.of("");
    private Path partial = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        file = directory.resolve("guest.img");
        partial = directory.resolve(".guest.img.godwit-partial");
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNothingBehind() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(names(directory)).noneMatch(name -> name.endsWith("godwit-partial"));
    }

    private static List<String> names(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(path -> String.valueOf(path.getFileName())).sorted().toList();
        }
    }

    private static void write(Fd fd, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try (NativeBuffer buffer = new NativeBuffer(bytes.length)) {
            buffer.segment().asByteBuffer().put(bytes);
            fd.writeFully(buffer.segment(), 0, bytes.length);
        }
    }

    private static void save(Path path, long offset, String text) throws IOException {
        try (NewFile file = NewFile.create(path, offset)) {
            write(file.fd(), text);
            file.publish();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void appearsOnlyWhenItIsPublished() throws IOException {
        try (NewFile created = NewFile.create(file, 0)) {
            write(created.fd(), "whole");
            created.sync();
            assertThat(file).doesNotExist();
            assertThat(permissions(partial)).isEqualTo("rw-------");
            created.publish();
            assertThat(file).hasContent("whole");
            assertThat(partial).doesNotExist();
        }
        assertThat(file).hasContent("whole");
        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void leavesTheOldFileAloneUntilItIsPublished() throws IOException {
        Files.writeString(file, "old");
        try (NewFile created = NewFile.create(file, 0)) {
            write(created.fd(), "new");
            assertThat(file).hasContent("old");
            created.publish();
            assertThat(file).hasContent("new");
        }
    }

    @Test
    void isGoneWhenClosedBeforeItIsPublished() throws IOException {
        Files.writeString(file, "old");
        NewFile created = NewFile.create(file, 0);
        write(created.fd(), "half");
        created.close();
        created.close();
        assertThat(file).hasContent("old");
        assertThat(names(directory)).containsExactly("guest.img");
    }

    @Test
    void removesWhatAKilledDaemonLeftBehind() throws IOException {
        Files.writeString(partial, "half of what somebody saved");
        save(file, 0, "whole");
        assertThat(file).hasContent("whole");
    }

    /** In a directory where others may write, it could be a link to a file of ours. */
    @Test
    void doesNotWriteThroughAHardLinkThatIsInTheWay() throws IOException {
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Files.createLink(partial, precious);
        save(file, 0, "whole");
        assertThat(precious).hasContent("precious");
    }

    @Test
    void refusesAFileThatAnotherMigrationWrites() throws IOException {
        Files.writeString(file, "old");
        NewFile first = NewFile.create(file, 0);
        write(first.fd(), "first");
        assertThatIOException().isThrownBy(() -> NewFile.create(file, 0))
                .withMessage("%s is being written by another migration", file);
        first.publish();
        try (NewFile second = NewFile.create(file, 0)) {
            write(second.fd(), "second");
            first.close(); // has nothing of the second's to remove
            second.publish();
        }
        assertThat(file).hasContent("second");
    }

    /** Each removes the file that the other leaves; neither may take the one that the other has just made for such a one. */
    @Test
    void neverHasTwoWritersHoweverTheyRace() throws Exception {
        var writers = new AtomicInteger();
        Callable<Integer> writer = () -> {
            int won = 0;
            for (int round = 0; round < 300; round++) {
                try (NewFile _ = NewFile.create(file, 0)) {
                    assertThat(writers.incrementAndGet()).isEqualTo(1);
                    won++;
                    writers.decrementAndGet();
                    Files.move(partial, directory.resolve("other"), StandardCopyOption.REPLACE_EXISTING);
                    Files.createFile(partial); // as if we had been killed
                } catch (FileAlreadyExistsException e) {
                    // the other one was quicker
                } catch (IOException e) {
                    assertThat(e).hasMessageMatching(".* is being written by another migration|.* come and gone .*");
                }
            }
            return won;
        };
        try (var threads = Executors.newFixedThreadPool(2)) {
            var first = threads.submit(writer);
            var second = threads.submit(writer);
            assertThat(first.get() + second.get()).isPositive();
        }
        Files.deleteIfExists(partial);
    }

    @Test
    void refusesToPublishWhatSomebodyHasPutInItsPlace() throws IOException {
        Files.writeString(file, "old");
        try (NewFile created = NewFile.create(file, 0)) {
            Files.move(partial, directory.resolve("moved"));
            assertThatIOException().isThrownBy(created::publish)
                    .withMessage("'.guest.img.godwit-partial' is no longer the file that was written");
            Files.writeString(partial, "foreign");
            assertThatIOException().isThrownBy(created::publish);
        }
        assertThat(file).hasContent("old");
        assertThat(partial).hasContent("foreign");
        Files.delete(partial);
    }

    @ParameterizedTest
    @ValueSource(strings = {"directory", "link", "fifo"})
    void refusesToUseATemporaryFileThatIsNone(String kind) throws Exception {
        switch (kind) {
            case "directory" -> Files.createDirectory(partial);
            case "link" -> Files.createSymbolicLink(partial, Files.writeString(directory.resolve("precious"), "a"));
            default -> run("mkfifo", partial.toString());
        }
        assertThatIOException().isThrownBy(() -> NewFile.create(file, 0)).withMessageStartingWith(
                "Could not create '" + file + "': '.guest.img.godwit-partial' is in the way: ");
        assertThat(file).doesNotExist();
        Files.delete(partial);
    }

    @Test
    void keepsWhatLiesBeforeTheOffset() throws IOException {
        Files.writeString(file, "header of libvirt, and an older guest that was longer");
        save(file, 18, "new guest");
        assertThat(file).hasContent("header of libvirt,new guest");
    }

    @Test
    void keepsAHoleBeforeTheOffsetAndAddsWhatIsMissing() throws IOException {
        try (Fd header = Fd.open(file, Set.of(OpenFlag.WRITE, OpenFlag.CREATE), 0600)) {
            header.truncate(500_000);
            header.seek(499_997);
            write(header, "end");
        }
        save(file, 600_000, "guest");
        byte[] expected = new byte[600_005];
        System.arraycopy("end".getBytes(StandardCharsets.US_ASCII), 0, expected, 499_997, 3);
        System.arraycopy("guest".getBytes(StandardCharsets.US_ASCII), 0, expected, 600_000, 5);
        assertThat(file).hasBinaryContent(expected);
    }

    @Test
    void standsAtTheOffsetWhereTheFileEnds() throws IOException {
        Files.writeString(file, "0123456789");
        try (NewFile created = NewFile.create(file, 4)) {
            assertThat(created.fd().position()).isEqualTo(4);
            assertThat(created.fd().size()).isEqualTo(4);
        }
        try (NewFile created = NewFile.create(file, 1000)) {
            assertThat(created.fd().position()).isEqualTo(1000);
            assertThat(created.fd().size()).isEqualTo(1000);
        }
    }

    @Test
    void refusesAnOffsetBeyondWhatAFileCanHave() {
        assertThatIOException().isThrownBy(() -> NewFile.create(file, Long.MAX_VALUE))
                .withMessage("failed to truncate migration file to offset 7fffffffffffffff: File too large");
    }

    @Test
    void replacesWhatALinkLeadsTo() throws IOException {
        Path target = Files.writeString(Files.createDirectory(directory.resolve("far")).resolve("target"), "old");
        Files.createSymbolicLink(directory.resolve("hop"), Path.of("far/target"));
        Files.createSymbolicLink(file, Path.of("hop"));
        save(file, 0, "new");
        assertThat(file).isSymbolicLink();
        assertThat(Files.readString(target)).isEqualTo("new");
        assertThat(names(directory.resolve("far"))).containsExactly("target");
    }

    @Test
    void createsWhatALinkLeadsTo() throws IOException {
        Files.createSymbolicLink(file, Path.of("not-yet"));
        save(file, 0, "new");
        assertThat(file).isSymbolicLink();
        assertThat(directory.resolve("not-yet")).hasContent("new");
    }

    @Test
    void refusesLinksInACircle() throws IOException {
        Files.createSymbolicLink(file, Path.of("guest.img"));
        assertThatIOException().isThrownBy(() -> NewFile.create(file, 0))
                .withMessage("Could not create '%s': Too many levels of symbolic links", file);
    }

    @Test
    void writesInPlaceAFileThatHasNoNameAnyMore() throws IOException {
        try (Fd nameless = Fd.open(file, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE), 0600)) {
            write(nameless, "old, and longer");
            Files.delete(file);
            save(Path.of("/proc/self/fd/" + nameless.number()), 3, ", but new");
            assertThat(nameless.size()).isEqualTo(12);
        }
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void keepsTheModeOfTheOldFile() throws IOException {
        Files.writeString(file, "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try (NewFile created = NewFile.create(file, 0)) {
            assertThat(permissions(partial)).as("before it is whole").isEqualTo("rw-------");
            created.publish();
        }
        assertThat(permissions(file)).isEqualTo("rw-r-----");
    }

    @Test
    void keepsTheOwnerOfTheOldFile() throws Exception {
        assumeRoot();
        Files.writeString(file, "old");
        run("chown", "1234:4321", file.toString());
        save(file, 0, "new");
        assertThat(Files.readAttributes(file, "unix:uid,gid")).isEqualTo(Map.of("uid", 1234, "gid", 4321));
    }

    @Test
    void writesADeviceInPlace() throws IOException {
        List<String> before = names(Path.of("/dev"));
        try (NewFile device = NewFile.create(Path.of("/dev/null"), 0)) {
            write(device.fd(), "into nothing");
            device.sync();
            device.publish();
            assertThat(names(Path.of("/dev"))).isEqualTo(before);
        }
        save(Path.of("/dev/null"), 4096, "from an offset");
        assertThat(Files.readAttributes(Path.of("/dev/null"), "unix:rdev")).containsEntry("rdev", 0x103L);
    }

    @Test
    void hasTheTextsOfQemu() throws IOException {
        assertThatIOException().isThrownBy(() -> NewFile.create(directory.resolve("none/guest.img"), 0))
                .withMessage("Could not create '%s/none/guest.img': No such file or directory", directory);
        assertThatIOException().isThrownBy(() -> NewFile.create(directory, 0))
                .withMessage("Could not create '%s': Is a directory", directory);
        Files.createFile(file);
        assertThatIOException().isThrownBy(() -> NewFile.create(file.resolve("below"), 0))
                .withMessage("Could not create '%s/below': Not a directory", file);
        Path longName = directory.resolve("n".repeat(250));
        assertThatIOException().isThrownBy(() -> NewFile.create(longName, 0))
                .withMessage("Could not create '%s': File name too long", longName);
    }

    /** The root of sysfs: not even root makes files there. */
    @Test
    void saysSoOfADirectoryThatItMayNotWriteTo() {
        assertThatIOException().isThrownBy(() -> NewFile.create(Path.of("/sys/guest.img"), 0))
                .withMessage("Could not create '/sys/guest.img': Permission denied");
    }

    @Test
    void refusesToReplaceAFileThatItMayNotWrite() throws Exception {
        assumeRoot();
        Files.writeString(file, "old");
        assumeWorks("chattr", "+i", file.toString());
        try {
            assertThatIOException().isThrownBy(() -> NewFile.create(file, 0))
                    .withMessage("Could not create '%s': Operation not permitted", file);
        } finally {
            run("chattr", "-i", file.toString());
        }
        assertThat(names(directory)).containsExactly("guest.img");
    }

    @Test
    void leavesTheOldFileAndNothingElseOnAFullDisk() throws Exception {
        assumeRoot();
        assumeWorks("mount", "-t", "tmpfs", "-o", "size=1m", "godwit-test", directory.toString());
        try {
            Files.writeString(file, "old");
            try (NewFile created = NewFile.create(file, 0)) {
                assertThatExceptionOfType(ErrnoException.class)
                        .isThrownBy(() -> write(created.fd(), "x".repeat(2 << 20)))
                        .withMessageEndingWith(": No space left on device")
                        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
            }
            assertThat(names(directory)).containsExactly("guest.img");
            assertThat(file).hasContent("old");
            Files.writeString(file, "x".repeat(600 << 10));
            assertThatIOException().as("no room for two headers").isThrownBy(() -> NewFile.create(file, 600 << 10))
                    .withMessage("Could not create '%s': No space left on device", file);
            assertThat(names(directory)).containsExactly("guest.img");
        } finally {
            run("umount", directory.toString());
        }
    }

    private static void assumeRoot() throws IOException {
        assumeTrue(isRoot(), "mounting and giving files away takes root");
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    /** Skips the test, saying why, where the file system or this container knows no such thing. */
    private static void assumeWorks(String... command) throws InterruptedException {
        try {
            run(command);
        } catch (IOException e) {
            assumeTrue(false, e.getMessage());
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectInput(new File("/dev/null")).redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD); // pipes would be closed when the JVM pleases
        int status = builder.start().waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + ": exit status " + status);
        }
    }
}
