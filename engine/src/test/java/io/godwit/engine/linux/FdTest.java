package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FdTest {
    private final NativeBuffer buffer = new NativeBuffer(4096);
    private final MemorySegment bytes = buffer.segment();
    private SortedSet<String> descriptors = new TreeSet<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void count() throws IOException {
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        buffer.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private Fd file(OpenFlag... flags) throws IOException {
        return Fd.open(directory.resolve("file"), EnumSet.of(OpenFlag.CREATE, flags), 0600);
    }

    @Test
    void readsWhatWasWritten() throws IOException {
        try (Fd fd = file(OpenFlag.READ, OpenFlag.WRITE)) {
            bytes.setString(0, "godwit");
            assertThat(fd.write(bytes, 0, 6)).isEqualTo(6);
            assertThat(fd.position()).isEqualTo(6);
            fd.seek(3);
            assertThat(fd.read(bytes, 100, 50)).isEqualTo(3);
            assertThat(bytes.getString(100)).isEqualTo("wit");
            assertThat(fd.read(bytes, 0, 50)).as("at the end").isZero();
        }
    }

    @Test
    void readsAndWritesAtAnOffsetWithoutMoving() throws IOException {
        try (Fd fd = file(OpenFlag.READ, OpenFlag.WRITE)) {
            bytes.set(JAVA_BYTE, 0, (byte) 7);
            assertThat(fd.pwrite(bytes, 0, 1, 1000)).isEqualTo(1);
            assertThat(fd.pread(bytes, 10, 2, 999)).isEqualTo(2);
            assertThat(bytes.get(JAVA_BYTE, 11)).isEqualTo((byte) 7);
            assertThat(fd.position()).isZero();
            assertThat(fd.size()).isEqualTo(1001);
            fd.truncate(5);
            fd.sync();
            assertThat(fd.size()).isEqualTo(5);
        }
    }

    @Test
    void tellsHowItWasOpened() throws IOException {
        try (Fd both = file(OpenFlag.READ, OpenFlag.WRITE);
                Fd read = file(OpenFlag.READ, OpenFlag.DIRECT);
                Fd write = file(OpenFlag.WRITE)) {
            assertThat(both.accessMode()).isEqualTo(AccessMode.READ_WRITE);
            assertThat(read.accessMode()).isEqualTo(AccessMode.READ_ONLY);
            assertThat(write.accessMode()).isEqualTo(AccessMode.WRITE_ONLY);
            assertThat(read.isDirect()).isTrue();
            assertThat(both.isDirect()).isFalse();
        }
    }

    @Test
    void tellsWhatItRefersTo() throws IOException {
        try (Fd file = file(OpenFlag.READ);
                Fd device = Fd.open(Path.of("/dev/null"), Set.of(OpenFlag.READ), 0);
                Fd folder = Fd.open(directory, Set.of(OpenFlag.READ), 0);
                Fd memory = MemFd.create("test", 4096)) {
            assertThat(file.kind()).isEqualTo(FileKind.REGULAR);
            assertThat(device.kind()).isEqualTo(FileKind.CHARACTER_DEVICE);
            assertThat(folder.kind()).isEqualTo(FileKind.DIRECTORY);
            assertThat(memory.kind()).isEqualTo(FileKind.REGULAR);
        }
    }

    @Test
    void sharesFlagsAndOffsetWithItsDuplicate() throws IOException {
        Fd fd = file(OpenFlag.READ, OpenFlag.WRITE);
        try (Fd twin = fd.duplicate()) {
            assertThat(twin.number()).isNotEqualTo(fd.number());
            fd.setNonBlocking(true);
            fd.seek(77);
            assertThat(twin.isNonBlocking()).isTrue();
            assertThat(twin.position()).isEqualTo(77);
            fd.close();
            assertThat(twin.position()).isEqualTo(77);
        }
    }

    @Test
    void saysWhatFailedAndOnWhat() {
        assertThatExceptionOfType(ErrnoException.class)
                .isThrownBy(() -> Fd.open(directory.resolve("none"), Set.of(OpenFlag.READ), 0))
                .withMessage("open '%s/none': No such file or directory", directory)
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void reportsBadDescriptor() {
        Fd wild = Fd.adopt(1_000_000);
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> wild.read(bytes, 0, 1))
                .withMessage("read from fd 1000000: Bad file descriptor")
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(wild::kind);
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(wild::duplicate);
        wild.close();
    }

    @Test
    void closesOnceAndThrowsAfterwards() throws IOException {
        Fd fd = file(OpenFlag.WRITE);
        int number = fd.number();
        fd.close();
        try (Fd successor = Fd.open(Path.of("/dev/null"), Set.of(OpenFlag.READ), 0)) {
            assertThat(successor.number()).as("the kernel gives the lowest free number").isEqualTo(number);
            fd.close();
            assertThat(successor.kind()).isEqualTo(FileKind.CHARACTER_DEVICE);
        }
        assertThatThrownBy(fd::number).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> fd.write(bytes, 0, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(fd).hasToString("closed fd");
    }

    @Test
    void refusesRangesOutsideTheBufferAndBuffersWithoutAddress() throws IOException {
        MemorySegment gone;
        try (Arena arena = Arena.ofConfined()) {
            gone = arena.allocate(8);
        }
        try (Fd fd = file(OpenFlag.READ, OpenFlag.WRITE)) {
            assertThatThrownBy(() -> fd.read(bytes, 4000, 97)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> fd.write(bytes, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> fd.read(MemorySegment.ofArray(new byte[10]), 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fd.read(gone, 0, 1)).isInstanceOf(IllegalStateException.class);
        }
    }
}
