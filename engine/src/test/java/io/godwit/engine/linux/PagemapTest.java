package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.engine.linux.MappingTest.Memory;
import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PagemapTest {
    private static final long PAGE = 4096;
    private static final long PAGES = 65_536;
    private static final Set<UserfaultFeature> FEATURES = Set.of(UserfaultFeature.PAGEFAULT_FLAG_WP,
            UserfaultFeature.WP_ASYNC, UserfaultFeature.WP_UNPOPULATED, UserfaultFeature.WP_HUGETLBFS_SHMEM);

    private SortedSet<String> descriptors = new TreeSet<>();

    @BeforeEach
    void count() throws IOException {
        DirtyTracking.assume();
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private static void write(Mapping mapping, long page) {
        try (NativeBuffer one = new NativeBuffer(1)) {
            one.segment().fill((byte) 1);
            mapping.copyFrom(page * PAGE + 17, one.segment(), 0, 1);
        }
    }

    private static List<Long> pages(ThrowingScan scan) throws IOException {
        List<Long> pages = new ArrayList<>();
        scan.into((from, to) -> {
            for (long at = from; at < to; at += PAGE) {
                pages.add(at / PAGE);
            }
        });
        return pages;
    }

    private interface ThrowingScan {
        void into(RangeSink sink) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void tellsWhichPagesHoldMemory(Memory memory) throws IOException {
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = memory.map(PAGES * PAGE)) {
            mapping.setHugePages(false);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).isEmpty();
            for (long page : new long[]{0, 5, 6, 7, 4000, PAGES - 1}) {
                write(mapping, page);
            }
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(0L, 5L, 6L, 7L, 4000L,
                    PAGES - 1);
            mapping.discard(5 * PAGE, 2 * PAGE);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(0L, 7L, 4000L, PAGES - 1);
        }
    }

    @Test
    void doesNotCountTheHugeZeroPageAsMemory() throws IOException {
        try (Mapping mapping = Mapping.anonymous(16 << 20); Pagemap pagemap = new Pagemap()) {
            assertThat(mapping.isZero(0, mapping.byteSize())).as("reading maps it, where the kernel has one").isTrue();
            pagemap.resident(mapping, (from, to) -> {
                throw new AssertionError("bytes " + from + " to " + to + " are told to be memory");
            });
        }
    }

    @Test
    void doesNotCountTheZeroPageAsMemory() throws IOException {
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = Mapping.anonymous(PAGES * PAGE)) {
            mapping.setHugePages(false);
            assertThat(mapping.isZero(0, 100 * PAGE)).as("reading maps the zero page").isTrue();
            write(mapping, 50);
            assertThat(pages(sink -> pagemap.resident(mapping, sink))).containsExactly(50L);
        }
    }

    @Test
    void countsWhatAnotherMappingOfTheMemfdWrote() throws IOException {
        try (Pagemap pagemap = new Pagemap();
                Fd memfd = MemFd.create("test", PAGES * PAGE);
                Mapping one = Mapping.shared(memfd, PAGES * PAGE);
                Mapping other = Mapping.shared(memfd, PAGES * PAGE)) {
            write(other, 3);
            assertThat(pages(sink -> pagemap.resident(one, sink))).containsExactly(3L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsEachWrittenPageOncePerRound(Memory memory) throws IOException {
        var random = new Random(7);
        try (Pagemap pagemap = new Pagemap();
                Mapping mapping = memory.map(PAGES * PAGE);
                Userfaultfd userfaultfd = Userfaultfd.open(FEATURES);
                FaultHandler protection = new FaultHandler(userfaultfd)) {
            mapping.populate(0, PAGES * PAGE / 2); // half of it there, in huge pages perhaps, the rest unpopulated
            userfaultfd.register(mapping, 0, PAGES * PAGE, Set.of(Userfaultfd.Mode.WRITE_PROTECT));
            protection.writeProtect(mapping, 0, PAGES * PAGE, true);
            assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEmpty();
            for (int round = 0; round < 3; round++) {
                List<Long> written = random.longs(5000, 0, PAGES).sorted().distinct().boxed().toList();
                written.forEach(page -> write(mapping, page));
                assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEqualTo(written);
                assertThat(pages(sink -> pagemap.takeWritten(mapping, sink))).isEmpty();
            }
        }
    }

    /** Every second page: twice as many regions as one call can report. */
    @Test
    void continuesWhereOneCallHasNoMoreRoom() throws IOException {
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = Mapping.anonymous(PAGES * PAGE)) {
            mapping.setHugePages(false);
            for (long page = 0; page < PAGES; page += 2) {
                write(mapping, page);
            }
            var pages = new PageBitmap(PAGES);
            pagemap.resident(mapping, (from, to) -> pages.setRange(from / PAGE, to / PAGE));
            assertThat(pages.cardinality()).isEqualTo(PAGES / 2);
            assertThat(LongStream.range(0, PAGES).filter(pages::get)).allMatch(page -> page % 2 == 0);
        }
    }

    @Test
    void refusesToTakeWrittenPagesOfWhatIsNotRegistered() throws IOException {
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = Mapping.anonymous(PAGES * PAGE)) {
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> pagemap.takeWritten(mapping, (from, to) -> {}))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
        }
    }

    @Test
    void isRefusedByAFileThatIsNoPagemap() throws IOException {
        try (Pagemap wrong = new Pagemap(Path.of("/dev/null")); Mapping mapping = Mapping.anonymous(PAGE)) {
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> wrong.resident(mapping, (from, to) -> {}))
                    .withMessage("PAGEMAP_SCAN: Inappropriate ioctl for device");
        }
    }

    @Test
    void goesOnAfterASignal() throws Exception {
        Signals.ignoreWithNoop(Signals.KICK);
        try (Pagemap pagemap = new Pagemap(); Mapping mapping = Mapping.anonymous(PAGES * PAGE)) {
            mapping.setHugePages(false);
            mapping.populate(0, PAGES * PAGE);
            var id = new CompletableFuture<Integer>();
            var scanned = CompletableFuture.supplyAsync(() -> {
                id.complete(NativeThread.currentId());
                return IntStream.range(0, 50).mapToLong(_ -> bytes(pagemap, mapping)).distinct().boxed().toList();
            });
            for (int i = 0; i < 1000 && !scanned.isDone(); i++) { // not more than may be pending
                NativeThread.signal(id.get(), Signals.KICK);
            }
            assertThat(scanned.get()).containsExactly(PAGES * PAGE);
        }
    }

    private static long bytes(Pagemap pagemap, Mapping mapping) {
        try {
            var sum = new LongAdder();
            pagemap.resident(mapping, (from, to) -> sum.add(to - from));
            return sum.sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
