package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Adds to the host's pool of huge pages what it needs, and leaves it as it was. Nobody else may take any meanwhile. */
class HugePagesTest {
    private static final long PAGE = 2 << 20;
    private static final int PAGES = 8;
    private static final long SIZE = PAGES * PAGE;
    private static final Path COUNT = Path.of("/proc/sys/vm/nr_hugepages");
    private static final Path POOL = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB");

    private SortedSet<String> descriptors = new TreeSet<>();
    private String before = "";
    private long free;
    private long reserved;

    @BeforeEach
    void fillThePool() throws IOException {
        assumeTrue(Files.isWritable(COUNT), "filling the pool of huge pages takes root");
        before = Files.readString(COUNT).strip();
        long missing = Math.max(0, PAGES - free());
        Files.writeString(COUNT, Long.toString(Long.parseLong(before) + missing));
        free = free();
        reserved = count("resv_hugepages");
        if (free < PAGES) {
            restoreThePool();
        }
        assumeTrue(free >= PAGES, () -> "the host could find " + free + " of " + PAGES + " huge pages");
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void restoreThePool() throws IOException {
        if (!before.isEmpty()) {
            Files.writeString(COUNT, before);
            before = "";
        }
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        if (!descriptors.isEmpty()) {
            assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        }
    }

    private static long free() throws IOException {
        return count("free_hugepages") - count("resv_hugepages");
    }

    private static long count(String file) throws IOException {
        return Long.parseLong(Files.readString(POOL.resolve(file)).strip());
    }

    private static Mapping map() throws IOException {
        try (Fd memfd = MemFd.createHuge("test", SIZE)) {
            return Mapping.shared(memfd, SIZE);
        }
    }

    private static void write(Mapping mapping, long page) {
        try (NativeBuffer one = new NativeBuffer(1)) {
            one.segment().fill((byte) 1);
            mapping.copyFrom(page * PAGE + 12_345, one.segment(), 0, 1);
        }
    }

    private static List<Long> pages(ThrowingScan scan) throws IOException {
        List<Long> pages = new ArrayList<>();
        scan.into((from, to) -> {
            for (long at = from; at < to; at += PAGE) {
                assertThat(at % PAGE).isZero();
                pages.add(at / PAGE);
            }
        });
        return pages;
    }

    private interface ThrowingScan {
        void into(RangeSink sink) throws IOException;
    }

    @Test
    void backsAMappingAndIsGivenBackAtItsEnd() throws IOException {
        try (Mapping mapping = map()) {
            assertThat(mapping.pageSize()).isEqualTo(PAGE);
            assertThat(mapping.hostAddress() % PAGE).isZero();
            mapping.setHugePages(false); // means transparent ones: nothing changes
            assertThat(free()).as("set aside before anything is touched").isEqualTo(free - PAGES);
            assertThat(count("resv_hugepages")).isEqualTo(reserved + PAGES);
            write(mapping, 3);
            assertThat(count("resv_hugepages")).isEqualTo(reserved + PAGES - 1);
            mapping.populate(0, SIZE);
            assertThat(count("resv_hugepages")).isEqualTo(reserved);
            assertThat(mapping.isZero(0, 3 * PAGE)).isTrue();
            assertThat(mapping.isZero(3 * PAGE, PAGE)).isFalse();
        }
        assertThat(free()).isEqualTo(free);
    }

    @Test
    void staysSetAsideWhenItIsDiscarded() throws IOException {
        try (Mapping mapping = map()) {
            mapping.populate(0, SIZE);
            write(mapping, 0);
            write(mapping, 1);
            write(mapping, 2);
            mapping.discard(PAGE, PAGE);
            assertThat(count("resv_hugepages")).isEqualTo(reserved + 1);
            assertThat(free()).isEqualTo(free - PAGES);
            assertThat(mapping.isZero(PAGE, PAGE)).isTrue();
            assertThat(mapping.isZero(0, PAGE)).isFalse();
            assertThat(mapping.isZero(2 * PAGE, PAGE)).isFalse();
            assertThatThrownBy(() -> mapping.discard(4096, PAGE)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("discard 2097152 bytes at 4096: not whole pages of 2097152");
            assertThatThrownBy(() -> mapping.discard(PAGE, 4096)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void saysHowManyAreFreeWhenThatAreTooFew() throws IOException {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> MemFd.createHuge("test", (free + 1) * PAGE))
                .withMessage("reserve %d huge pages of 2048 kB, %d are free (vm.nr_hugepages sets how many there are): "
                        + "Cannot allocate memory", free + 1, free)
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
        assertThat(free()).isEqualTo(free);
    }

    @Test
    void refusesSizesThatAreNotWholeHugePages() throws IOException {
        assertThatThrownBy(() -> MemFd.createHuge("test", PAGE + 4096)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MemFd.createHuge("test", 0)).isInstanceOf(IllegalArgumentException.class);
        try (Fd memfd = MemFd.createHuge("test", PAGE)) {
            assertThat(MemFd.isSizeSealed(memfd)).isTrue();
            assertThatThrownBy(() -> Mapping.shared(memfd, 4096)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("map 4096 bytes: not whole pages of 2097152, or too many");
        }
    }

    @Test
    void isKnownToHoldMemoryOnlyOnceTouched() throws IOException {
        DirtyTracking.assume();
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = map()) {
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).isEmpty();
            write(mapping, 0);
            write(mapping, 5);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(0L, 5L);
            mapping.discard(0, PAGE);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(5L);
        }
    }

    @Test
    void mayAllHoldMemoryWhenAnotherMappingHasTouchedSome() throws IOException {
        DirtyTracking.assume();
        try (Pagemap pagemap = new Pagemap();
                Fd memfd = MemFd.createHuge("test", SIZE);
                Mapping mapping = Mapping.shared(memfd, SIZE);
                Mapping other = Mapping.shared(memfd, SIZE)) {
            write(other, 3);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).hasSize(PAGES);
            assertThat(pages(sink -> pagemap.resident(other, sink))).containsExactly(3L);
            assertThat(mapping.isZero(3 * PAGE, PAGE)).isFalse();
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(3L);
        }
    }

    @Test
    void isToldOncePerRoundWhenWritten() throws IOException {
        DirtyTracking.assume();
        try (Pagemap pagemap = new Pagemap();
                Mapping mapping = map();
                Userfaultfd userfaultfd = Userfaultfd.open(Set.of(UserfaultFeature.PAGEFAULT_FLAG_WP,
                        UserfaultFeature.WP_ASYNC, UserfaultFeature.WP_UNPOPULATED,
                        UserfaultFeature.WP_HUGETLBFS_SHMEM))) {
            mapping.populate(0, SIZE / 2);
            userfaultfd.register(mapping, 0, SIZE, Set.of(Userfaultfd.Mode.WRITE_PROTECT));
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).containsExactly(0L, 1L, 2L, 3L);
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEmpty();
            write(mapping, 1);
            write(mapping, 6); // comes into being by that
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).containsExactly(1L, 6L);
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEmpty();
            write(mapping, 6);
            mapping.discard(PAGE, PAGE);
            write(mapping, 1);
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).containsExactly(1L, 6L);
            assertThat(mapping.isZero(2 * PAGE, PAGE)).as("a read of a protected page").isTrue();
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEmpty();
        }
    }
}
