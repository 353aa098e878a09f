package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MappingTest {
    private static final int PAGE = 4096;
    private static final long SIZE = 4 << 20;

    enum Memory {
        ANONYMOUS,
        SHARED;

        Mapping map(long bytes) throws IOException {
            if (this == ANONYMOUS) {
                return Mapping.anonymous(bytes);
            }
            try (Fd memfd = MemFd.create("test", bytes)) {
                return Mapping.shared(memfd, bytes);
            }
        }
    }

    private final NativeBuffer buffer = new NativeBuffer(2 * PAGE);
    private final MemorySegment staging = buffer.segment();
    private SortedSet<String> descriptors = new TreeSet<>();

    @BeforeEach
    void count() throws IOException {
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        buffer.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    @ParameterizedTest
    @EnumSource
    void copiesInAndOut(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            staging.asSlice(0, PAGE).fill((byte) 0x5a);
            mapping.copyFrom(3 * PAGE, staging, 0, PAGE);
            mapping.copyTo(3 * PAGE - 1, staging, PAGE, PAGE);
            assertThat(staging.get(JAVA_BYTE, PAGE)).isZero();
            assertThat(staging.get(JAVA_BYTE, PAGE + 1)).isEqualTo((byte) 0x5a);
            assertThat(mapping.contentEquals(3 * PAGE, staging, 0, PAGE)).isTrue();
            assertThat(mapping.contentEquals(4 * PAGE, staging, 0, PAGE)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsZeroFromNotZero(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            assertThat(mapping.isZero(0, SIZE)).isTrue();
            staging.set(JAVA_BYTE, 0, (byte) 1);
            mapping.copyFrom(2 * PAGE - 1, staging, 0, 1);
            assertThat(mapping.isZero(0, 3 * PAGE)).isFalse();
            assertThat(mapping.isZero(PAGE, PAGE)).isFalse();
            assertThat(mapping.isZero(PAGE, PAGE - 1)).isTrue();
            mapping.zero(PAGE, PAGE);
            assertThat(mapping.isZero(0, SIZE)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsWhereRunsOfZeroPagesAndOfOthersEnd(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            assertThat(mapping.zeroRunEnd(0, SIZE)).isEqualTo(SIZE);
            assertThat(mapping.dataRunEnd(0, SIZE)).isZero();
            staging.set(JAVA_BYTE, 0, (byte) 1);
            mapping.copyFrom(3 * PAGE, staging, 0, 1); // a page's first byte, and the next one's last
            mapping.copyFrom(5 * PAGE - 1, staging, 0, 1);
            assertThat(mapping.zeroRunEnd(0, SIZE)).isEqualTo(3 * PAGE);
            assertThat(mapping.zeroRunEnd(0, 2 * PAGE)).as("the limit").isEqualTo(2 * PAGE);
            assertThat(mapping.zeroRunEnd(3 * PAGE, SIZE)).isEqualTo(3 * PAGE);
            assertThat(mapping.dataRunEnd(3 * PAGE, SIZE)).isEqualTo(5 * PAGE);
            assertThat(mapping.dataRunEnd(3 * PAGE, 4 * PAGE)).as("the limit").isEqualTo(4 * PAGE);
            assertThat(mapping.zeroRunEnd(5 * PAGE, SIZE)).isEqualTo(SIZE);
            assertThat(mapping.zeroRunEnd(SIZE, SIZE)).isEqualTo(SIZE);
        }
    }

    @Test
    void refusesRunsThatAreNotWholePagesOrLieOutside() throws IOException {
        try (Mapping mapping = Mapping.anonymous(SIZE)) {
            assertThatThrownBy(() -> mapping.zeroRunEnd(1, SIZE)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> mapping.dataRunEnd(0, SIZE - 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> mapping.zeroRunEnd(0, SIZE + PAGE)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.dataRunEnd(PAGE, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void discardsWholePagesOnly(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            assertThat(mapping.pageSize()).isEqualTo(PAGE);
            staging.fill((byte) 1);
            mapping.copyFrom(0, staging, 0, PAGE);
            assertThatThrownBy(() -> mapping.discard(0, 100)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("discard 100 bytes at 0: not whole pages of 4096");
            assertThat(mapping.contentEquals(0, staging, 0, PAGE)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsZeroAfterDiscard(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            staging.fill((byte) 9);
            for (long offset = 0; offset < 4 * PAGE; offset += PAGE) {
                mapping.copyFrom(offset, staging, 0, PAGE);
            }
            mapping.discard(PAGE, 2 * PAGE);
            assertThat(mapping.isZero(PAGE, 2 * PAGE)).isTrue();
            assertThat(mapping.contentEquals(0, staging, 0, PAGE)).isTrue();
            assertThat(mapping.contentEquals(3 * PAGE, staging, 0, PAGE)).isTrue();
            mapping.populate(0, SIZE);
            assertThat(mapping.isZero(PAGE, 2 * PAGE)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void movesBetweenDescriptorsAndGuestMemory(Memory memory) throws IOException {
        try (Mapping from = memory.map(SIZE); Mapping to = memory.map(SIZE); Fd file = MemFd.create("file", 2 * PAGE)) {
            staging.fill((byte) 3);
            from.copyFrom(PAGE, staging, 0, 2 * PAGE);
            from.writeTo(file, PAGE, 2 * PAGE);
            file.seek(0);
            to.readFrom(file, 5 * PAGE, 2 * PAGE);
            assertThat(to.contentEquals(5 * PAGE, staging, 0, 2 * PAGE)).isTrue();
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> to.readFrom(file, 0, 10))
                    .withMessageContaining("ended after 0 of 10 bytes");
            to.preadFrom(file, 4, 0, 4);
            assertThat(to.contentEquals(0, staging, 0, 4)).isTrue();
            to.pwriteTo(file, 0, 8, 4);
            from.preadFrom(file, 0, 0, 4);
            assertThat(from.isZero(0, 4)).isTrue();
        }
    }

    @Test
    void isSharedWithAnotherMappingOfTheSameMemfd() throws IOException {
        try (Fd memfd = MemFd.create("test", SIZE);
                Mapping one = Mapping.shared(memfd, SIZE);
                Mapping other = Mapping.shared(memfd, SIZE)) {
            staging.fill((byte) 4);
            one.copyFrom(0, staging, 0, PAGE);
            assertThat(other.contentEquals(0, staging, 0, PAGE)).isTrue();
        }
    }

    @Test
    void startsOnAHugePagesBoundary() throws IOException {
        try (Mapping mapping = Mapping.anonymous(3 * PAGE)) {
            assertThat(mapping.hostAddress() % (2 << 20)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesRangesOutside(Memory memory) throws IOException {
        try (Mapping mapping = memory.map(SIZE)) {
            assertThatThrownBy(() -> mapping.copyTo(SIZE - 1, staging, 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.copyFrom(-1, staging, 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.copyTo(0, staging, 2 * PAGE, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.zero(0, SIZE + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.discard(SIZE, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> mapping.zero(8, Long.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void unmapsOnceAndThrowsAfterwards(Memory memory) throws IOException {
        Mapping mapping = memory.map(SIZE);
        long address = mapping.hostAddress();
        assertThat(ProcessResources.isMapped(address)).isTrue();
        mapping.close();
        mapping.close();
        assertThat(ProcessResources.isMapped(address)).isFalse();
        assertThatThrownBy(() -> mapping.copyTo(0, staging, 0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(mapping::hostAddress).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesSizesThatAreNotWholePagesOrBeyondTheMemfd() throws IOException {
        assertThatThrownBy(() -> Mapping.anonymous(4095)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Mapping.anonymous(0)).isInstanceOf(IllegalArgumentException.class);
        try (Fd memfd = MemFd.create("test", PAGE)) {
            assertThatThrownBy(() -> Mapping.shared(memfd, 2 * PAGE)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void memfdCannotBeTruncatedUnderItsMapping() throws IOException {
        try (Fd memfd = MemFd.create("test", SIZE)) {
            assertThat(MemFd.isSizeSealed(memfd)).isTrue();
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> memfd.truncate(PAGE))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
        }
    }

    @Test
    void stagingBufferTellsZeroPages() {
        staging.fill((byte) 0);
        assertThat(NativeBuffer.isZeroPage(staging, PAGE)).isTrue();
        staging.set(JAVA_BYTE, 2 * PAGE - 1, (byte) 1);
        assertThat(NativeBuffer.isZeroPage(staging, PAGE)).isFalse();
        assertThat(NativeBuffer.isZeroPage(staging, 0)).isTrue();
        assertThatThrownBy(() -> NativeBuffer.isZeroPage(staging, PAGE + 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
