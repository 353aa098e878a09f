package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.engine.linux.Userfaultfd.Mode;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UserfaultfdTest {
    private static final long PAGE = 4096;
    private static final long SIZE = 16 * PAGE;

    private final NativeBuffer buffer = new NativeBuffer(SIZE);
    private SortedSet<String> descriptors = new TreeSet<>();

    @BeforeEach
    void count() throws IOException {
        DirtyTracking.assume();
        buffer.segment().fill((byte) 7);
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        buffer.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    @Test
    void installsPagesAndTellsEachOutcomeApart() throws IOException {
        try (Userfaultfd userfaultfd = Userfaultfd.open(Set.of());
                FaultHandler handler = new FaultHandler(userfaultfd);
                Mapping mapping = Mapping.anonymous(SIZE)) {
            assertThat(handler.copy(mapping, 0, buffer.segment(), 0, PAGE, false))
                    .isEqualTo(InstallOutcome.TARGET_GONE);
            userfaultfd.register(mapping, 0, SIZE, Set.of(Mode.MISSING));
            assertThat(handler.copy(mapping, 2 * PAGE, buffer.segment(), 0, PAGE, false))
                    .isEqualTo(InstallOutcome.INSTALLED);
            assertThat(handler.copy(mapping, 2 * PAGE, buffer.segment(), 0, PAGE, false))
                    .isEqualTo(InstallOutcome.ALREADY_PRESENT);
            assertThat(handler.installedBytes()).isZero();
            handler.wake(mapping, 2 * PAGE, PAGE);
            assertThat(handler.copy(mapping, 0, buffer.segment(), 0, 4 * PAGE, false)).isEqualTo(InstallOutcome.PARTLY);
            assertThat(handler.installedBytes()).isEqualTo(2 * PAGE);
            assertThat(handler.zero(mapping, 3 * PAGE, PAGE)).isEqualTo(InstallOutcome.INSTALLED);
            assertThat(handler.zero(mapping, 3 * PAGE, PAGE)).isEqualTo(InstallOutcome.ALREADY_PRESENT);
            assertThat(mapping.contentEquals(0, buffer.segment(), 0, 3 * PAGE)).isTrue();
            assertThat(mapping.isZero(3 * PAGE, PAGE)).isTrue();
            userfaultfd.unregister(mapping, 0, SIZE);
            assertThat(handler.zero(mapping, 5 * PAGE, PAGE)).isEqualTo(InstallOutcome.TARGET_GONE);
        }
    }

    @Test
    void refusesRangesThatAreNotWholePages() throws IOException {
        try (Userfaultfd userfaultfd = Userfaultfd.open(Set.of());
                FaultHandler handler = new FaultHandler(userfaultfd);
                Mapping mapping = Mapping.anonymous(SIZE)) {
            userfaultfd.register(mapping, 0, SIZE, Set.of(Mode.MISSING));
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> handler.copy(mapping, 1, buffer.segment(), 0, PAGE, false))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
    }

    /** The faulting thread waits in memcpy, by a downcall: the only way in which this process may meet such memory. */
    @ParameterizedTest
    @EnumSource(value = Mode.class, names = {"MISSING", "MINOR"})
    void servesAFaultOfAnotherThread(Mode mode) throws Exception {
        try (Userfaultfd userfaultfd = Userfaultfd.open(EnumSet.of(UserfaultFeature.MISSING_SHMEM,
                UserfaultFeature.MINOR_SHMEM, UserfaultFeature.THREAD_ID));
                FaultHandler handler = new FaultHandler(userfaultfd);
                EventFd abort = new EventFd();
                Poll poll = new Poll(abort);
                Fd memfd = MemFd.create("test", SIZE);
                Mapping other = Mapping.shared(memfd, SIZE);
                Mapping mapping = Mapping.shared(memfd, SIZE)) {
            if (mode == Mode.MINOR) {
                other.copyFrom(3 * PAGE, buffer.segment(), 0, PAGE);
            }
            userfaultfd.register(mapping, 0, SIZE, Set.of(mode));
            assertThat(handler.next()).isFalse();
            var faulting = CompletableFuture
                    .supplyAsync(() -> mapping.contentEquals(3 * PAGE, buffer.segment(), 0, PAGE));
            poll.awaitReadable(userfaultfd.fd(), Poll.FOREVER);
            assertThat(handler.next()).isTrue();
            assertThat(handler.isIn(mapping)).isTrue();
            assertThat(handler.isIn(other)).isFalse();
            assertThat(handler.offsetIn(mapping)).isEqualTo(3 * PAGE);
            assertThat(List.of(handler.isWrite(), handler.isWriteProtect(), handler.isMinor()))
                    .containsExactly(false, false, mode == Mode.MINOR);
            assertThat(handler.threadId()).isPositive().isNotEqualTo(NativeThread.currentId());
            assertThat(mode == Mode.MINOR
                    ? handler.map(mapping, 3 * PAGE, PAGE)
                    : handler.copy(mapping, 3 * PAGE, buffer.segment(), 0, PAGE, false))
                    .isEqualTo(InstallOutcome.INSTALLED);
            assertThat(faulting.get()).isTrue();
        }
    }

    @Test
    void holdsAWriteToAProtectedPageUntilItIsLifted() throws Exception {
        try (Userfaultfd userfaultfd = Userfaultfd.open(Set.of(UserfaultFeature.PAGEFAULT_FLAG_WP));
                FaultHandler handler = new FaultHandler(userfaultfd);
                EventFd abort = new EventFd();
                Poll poll = new Poll(abort);
                Mapping mapping = Mapping.anonymous(SIZE)) {
            mapping.populate(0, SIZE);
            userfaultfd.register(mapping, 0, SIZE, Set.of(Mode.WRITE_PROTECT));
            handler.writeProtect(mapping, 0, SIZE, true);
            var writing = CompletableFuture.runAsync(() -> mapping.copyFrom(PAGE, buffer.segment(), 0, PAGE));
            poll.awaitReadable(userfaultfd.fd(), Poll.FOREVER);
            assertThat(handler.next()).isTrue();
            assertThat(handler.isWriteProtect()).isTrue();
            assertThat(mapping.isZero(PAGE, PAGE)).as("the page as it was").isTrue();
            handler.writeProtect(mapping, PAGE, PAGE, false);
            writing.get();
            assertThat(mapping.contentEquals(PAGE, buffer.segment(), 0, PAGE)).isTrue();
        }
    }

    @Test
    void refusesARangeThatBelongsToAnother() throws IOException {
        try (Userfaultfd one = Userfaultfd.open(Set.of());
                Userfaultfd other = Userfaultfd.open(Set.of());
                Mapping mapping = Mapping.anonymous(SIZE)) {
            one.register(mapping, 0, SIZE, Set.of(Mode.MISSING));
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> other.register(mapping, 0, SIZE, Set.of(Mode.MISSING)))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
            one.unregister(mapping, 0, SIZE);
            other.register(mapping, 0, SIZE, Set.of(Mode.MISSING));
        }
    }
}
