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
    private static final int PAGE = 4096;
    private static final Path NULL = Path.of("/dev/null");

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

    @Test
    void locksTheFileUntilItsLastDuplicateIsClosed() throws IOException {
        Fd one = file(OpenFlag.READ, OpenFlag.WRITE);
        try (Fd other = file(OpenFlag.READ)) {
            assertThat(one.tryLock()).isTrue();
            assertThat(one.tryLock()).as("once more").isTrue();
            assertThat(other.tryLock()).isFalse();
            try (Fd twin = one.duplicate()) {
                one.close();
                assertThat(other.tryLock()).isFalse();
                assertThat(twin.isOpen()).isTrue();
            }
            assertThat(other.tryLock()).isTrue();
        }
    }

    @Test
    void givesBlocksBackWhereTheFileSystemCan() throws IOException {
        try (Fd memory = MemFd.create("test", 3 * PAGE); Fd device = Fd.open(NULL, Set.of(OpenFlag.WRITE), 0)) {
            bytes.fill((byte) 1);
            for (long page = 0; page < 3; page++) {
                memory.pwrite(bytes, 0, PAGE, page * PAGE);
            }
            assertThat(memory.punchHole(PAGE, PAGE)).isTrue();
            assertThat(memory.size()).isEqualTo(3 * PAGE);
            assertThat(memory.pread(bytes, 0, PAGE, PAGE)).isEqualTo(PAGE);
            assertThat(bytes.asSlice(0, PAGE).mismatch(MemorySegment.ofArray(new byte[PAGE]))).isEqualTo(-1);
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> device.punchHole(0, PAGE))
                    .withMessageEndingWith("No such device");
        }
    }

    @Test
    void saysWhenTheFileSystemPunchesNoHoles() throws IOException {
        try (Fd proc = Fd.open(Path.of("/proc/self/coredump_filter"), Set.of(OpenFlag.WRITE), 0)) {
            assertThat(proc.punchHole(0, PAGE)).isFalse();
        }
    }

    @Test
    void findsDataAndHoles() throws IOException {
        try (Fd memory = MemFd.create("test", 8 * PAGE)) {
            assertThat(memory.nextData(0)).isEqualTo(Fd.NONE);
            bytes.fill((byte) 1);
            memory.pwrite(bytes, 0, PAGE, 2 * PAGE);
            assertThat(memory.nextData(0)).isEqualTo(2 * PAGE);
            assertThat(memory.nextHole(2 * PAGE)).isEqualTo(3 * PAGE);
            assertThat(memory.nextData(3 * PAGE)).isEqualTo(Fd.NONE);
            assertThat(memory.nextHole(8 * PAGE)).isEqualTo(Fd.NONE);
            memory.pwrite(bytes, 0, PAGE, 7 * PAGE);
            assertThat(memory.nextHole(7 * PAGE)).as("the end").isEqualTo(8 * PAGE);
            try (Pipe pipe = Pipe.open()) {
                assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> pipe.reader().nextData(0))
                        .withMessageEndingWith("Illegal seek");
            }
        }
    }

    @Test
    void startsWritebackWhereThereIsSuchAThing() throws IOException {
        try (Fd file = file(OpenFlag.READ, OpenFlag.WRITE); Pipe pipe = Pipe.open()) {
            file.write(bytes, 0, PAGE);
            file.startWriteback(0, PAGE);
            file.startWriteback(0, 0);
            file.dataSync();
            pipe.writer().startWriteback(0, PAGE);
        }
        Fd wild = Fd.adopt(1_000_000);
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> wild.startWriteback(0, PAGE));
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(wild::dataSync);
        wild.close();
    }

    /** Between two file systems, within one, and where the kernel does not copy: from a device. */
    @Test
    void copiesRangesBetweenAnyFiles() throws IOException {
        try (Fd file = file(OpenFlag.READ, OpenFlag.WRITE);
                Fd twin = Fd.open(directory.resolve("twin"), Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE),
                        0600);
                Fd memory = MemFd.create("test", PAGE);
                Fd zero = Fd.open(Path.of("/dev/zero"), Set.of(OpenFlag.READ), 0)) {
            bytes.setString(0, "a bar-tailed godwit");
            file.write(bytes, 0, 19);
            assertThat(file.copyRange(memory, 2, 100, 10)).isEqualTo(10);
            assertThat(memory.copyRange(twin, 100, 1, 10)).isEqualTo(10);
            assertThat(file.copyRange(twin, 12, 11, 100)).as("up to the end").isEqualTo(7);
            assertThat(file.copyRange(twin, 19, 0, 100)).as("at the end").isZero();
            assertThat(zero.copyRange(twin, 0, 18, 300_000)).isEqualTo(300_000);
            assertThat(twin.size()).isEqualTo(300_018);
            assertThat(twin.position()).isZero();
            twin.pread(bytes, 0, 40, 1);
            assertThat(bytes.getString(0)).isEqualTo("bar-tailed godwit");
            assertThatThrownBy(() -> file.copyRange(twin, -1, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> file.copyRange(twin, 1, 0, Long.MAX_VALUE))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void copiesWhatTheKernelTakesForEmpty() throws IOException {
        try (Fd proc = Fd.open(Path.of("/proc/self/status"), Set.of(OpenFlag.READ), 0);
                Fd file = file(OpenFlag.READ, OpenFlag.WRITE)) {
            assertThat(proc.size()).isZero();
            assertThat(proc.copyRange(file, 0, 0, 6)).isEqualTo(6);
            file.read(bytes, 0, 6);
            assertThat(bytes.getString(0)).startsWith("Name:");
        }
    }

    @Test
    void tellsOneFileFromAnother() throws IOException {
        try (Fd file = file(OpenFlag.READ, OpenFlag.WRITE);
                Fd again = file(OpenFlag.READ);
                Fd place = Fd.open(directory.resolve("file"), Set.of(OpenFlag.PATH), 0);
                Fd other = Fd.open(directory, Set.of(OpenFlag.READ), 0)) {
            file.setPermissions(0641);
            FileStatus status = file.status();
            assertThat(status.permissions()).isEqualTo(0641);
            assertThat(status.kind()).isEqualTo(FileKind.REGULAR);
            assertThat(status.isSameFile(again.status())).isTrue();
            assertThat(status.isSameFile(place.status())).isTrue();
            assertThat(status.isSameFile(other.status())).isFalse();
            file.setOwner(status.owner(), status.group());
            assertThat(file.status()).isEqualTo(status);
        }
    }
}
