package io.godwit.engine.dirtyrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.dirtyrate.TestRam.Memory;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 32 MiB at 16384 pages for each GiB: a sample of 512, one page out of each 16. */
class PageSamplingTest {
    private static final int MEBIBYTES = 32;
    private static final int MOST = 16384;
    private static final long SECOND = 1000;

    private Pagemap pagemap;
    private NativeBuffer page;
    private PageHasher hasher;

    @BeforeEach
    void open() throws IOException {
        DirtyTracking.assume();
        pagemap = new Pagemap();
        page = new NativeBuffer(RamBlock.PAGE_SIZE);
        hasher = new PageHasher(pagemap, page, () -> false);
    }

    @AfterEach
    void close() {
        if (pagemap != null) {
            pagemap.close();
            page.close();
        }
    }

    private PageSampling looked(TestRam... ram) throws IOException {
        var blocks = Arrays.stream(ram).map(TestRam::block).toList();
        var sampling = new PageSampling(blocks, MOST, new SplittableRandom(1));
        sampling.remember(hasher);
        return sampling;
    }

    private long residentBytes(TestRam ram) throws IOException {
        var bytes = new AtomicLong();
        pagemap.resident(ram.block().memory(), (from, to) -> bytes.addAndGet(to - from));
        return bytes.get();
    }

    @ParameterizedTest
    @EnumSource
    void isZeroWhenNothingIsWritten(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            ram.writeAll(1);
            assertThat(looked(ram).rate(hasher, SECOND)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void isAllRamWhenAllIsWritten(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            ram.writeAll(1);
            var sampling = looked(ram);
            ram.writeAll(2);
            assertThat(sampling.rate(hasher, SECOND)).isEqualTo(MEBIBYTES);
            assertThat(sampling.rate(hasher, SECOND / 4)).isEqualTo(4 * MEBIBYTES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isExactForAContiguousPart(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            ram.writeAll(1);
            var sampling = looked(ram);
            ram.write(ram.block().pages() / 4, ram.block().pages(), 1, 2);
            assertThat(sampling.rate(hasher, SECOND)).isEqualTo(MEBIBYTES * 3 / 4);
        }
    }

    /** 128 of 512 expected, with a standard deviation of 10; the sample is always the same one. */
    @ParameterizedTest
    @EnumSource
    void isRightWithinTheSampleForScatteredPages(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            ram.writeAll(1);
            var sampling = looked(ram);
            ram.write(0, ram.block().pages(), 4, 2);
            assertThat(sampling.rate(hasher, SECOND / 100)).isBetween(675L, 925L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void touchesNoPageThatHoldsNothing(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            ram.write(0, 1, 1, 1);
            assertThat(looked(ram).rate(hasher, SECOND)).isZero();
            assertThat(residentBytes(ram)).isEqualTo(RamBlock.PAGE_SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void countsThePageThatHeldNothingAndWasWritten(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES)) {
            var sampling = looked(ram);
            ram.writeAll(0);
            assertThat(sampling.rate(hasher, SECOND)).isZero();
            ram.writeAll(1);
            assertThat(sampling.rate(hasher, SECOND)).isEqualTo(MEBIBYTES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void addsUpAllBlocks(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, MEBIBYTES); var other = new TestRam(memory, 2 * MEBIBYTES)) {
            var sampling = looked(ram, other);
            ram.writeAll(1);
            assertThat(sampling.rate(hasher, SECOND)).isEqualTo(MEBIBYTES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void looksAtOnePageAtLeast(Memory memory) throws IOException {
        try (var ram = new TestRam(memory, 1)) {
            var sampling = new PageSampling(List.of(ram.block()), 128, new SplittableRandom(1));
            sampling.remember(hasher);
            ram.writeAll(1);
            assertThat(sampling.rate(hasher, SECOND)).isEqualTo(1);
        }
    }
}
