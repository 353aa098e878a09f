package io.godwit.engine.dirtyrate;

import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.random.RandomGenerator;

/**
 * Some pages of a block and what they held when last looked at. One is chosen at random out of each of equally long
 * stretches: no page is chosen twice, and no part of the block is missed by chance.
 */
final class PageSample {
    private static final int GIBIBYTE_SHIFT = 30;

    private final MemoryBlock block;
    private final long[] pages;
    private final int[] hashes;

    /** At least one page, however small the block is. */
    PageSample(MemoryBlock block, int pagesPerGibibyte, RandomGenerator random) {
        this.block = block;
        long wanted = (block.byteSize() * pagesPerGibibyte) >> GIBIBYTE_SHIFT;
        int count = Math.toIntExact(Math.clamp(wanted, 1, block.pages()));
        pages = new long[count];
        for (int i = 0; i < count; i++) {
            pages[i] = random.nextLong(i * block.pages() / count, (i + 1) * block.pages() / count);
        }
        hashes = new int[count];
    }

    int size() {
        return pages.length;
    }

    void remember(PageHasher hasher) throws IOException {
        hasher.hash(block.memory(), pages, hashes);
    }

    /** How many pages hold something else than was remembered: one written with what it held is not seen, as in QEMU. */
    int changed(PageHasher hasher) throws IOException {
        int[] now = new int[pages.length];
        hasher.hash(block.memory(), pages, now);
        int changed = 0;
        for (int i = 0; i < now.length; i++) {
            if (now[i] != hashes[i]) {
                changed++;
            }
        }
        return changed;
    }
}
