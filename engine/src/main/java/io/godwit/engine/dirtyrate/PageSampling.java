package io.godwit.engine.dirtyrate;

import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;

/** A sample of all RAM, looked at twice. */
final class PageSampling {
    private static final int MEBIBYTE_SHIFT = 20;
    private static final double MILLIS_PER_SECOND = 1000;

    private final List<PageSample> samples;
    private final long ramMebibytes;

    PageSampling(List<MemoryBlock> ram, int pagesPerGibibyte, RandomGenerator random) {
        samples = ram.stream().map(block -> new PageSample(block, pagesPerGibibyte, random)).toList();
        ramMebibytes = ram.stream().mapToLong(MemoryBlock::byteSize).sum() >> MEBIBYTE_SHIFT;
    }

    /** The first look. */
    void remember(PageHasher hasher) throws IOException {
        for (PageSample sample : samples) {
            sample.remember(hasher);
        }
    }

    /** The second look, {@code elapsedMillis} (from 1 up) later: MiB in a second, rounded down. */
    long rate(PageHasher hasher, long elapsedMillis) throws IOException {
        long size = 0;
        long changed = 0;
        for (PageSample sample : samples) {
            size += sample.size();
            changed += sample.changed(hasher);
        }
        return (long) (changed * MILLIS_PER_SECOND * ramMebibytes / ((double) size * elapsedMillis));
    }
}
