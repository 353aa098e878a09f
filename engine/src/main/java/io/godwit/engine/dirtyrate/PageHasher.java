package io.godwit.engine.dirtyrate;

import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/**
 * Hashes guest pages, each copied out first. Pages that hold no memory are not touched: they have the hash of zeros, which
 * is what they read as. One thread at a time; allocates nothing per page.
 */
final class PageHasher {
    private static final int PAGE = RamBlock.PAGE_SIZE;

    private final Pagemap pagemap;
    private final NativeBuffer page;
    private final ByteBuffer pageBytes;
    private final CRC32C crc = new CRC32C();
    private final BooleanSupplier stopped;
    private final int hashOfZeros;

    /**
     * Both are lent; {@code page} is of one page, all zero.
     *
     * @param stopped asked at every page: once true, the hashes no longer matter
     */
    PageHasher(Pagemap pagemap, NativeBuffer page, BooleanSupplier stopped) {
        this.pagemap = pagemap;
        this.page = page;
        this.stopped = stopped;
        pageBytes = page.segment().asByteBuffer();
        hashOfZeros = hash();
    }

    /** Puts the hash of each of {@code pages}, which ascend, into the same place of {@code hashes}. */
    void hash(Mapping memory, long[] pages, int[] hashes) throws IOException {
        Arrays.fill(hashes, hashOfZeros);
        pagemap.resident(memory, (fromOffset, toOffset) -> {
            int found = Arrays.binarySearch(pages, fromOffset / PAGE);
            int first = found < 0 ? -(found + 1) : found;
            for (int i = first; i < pages.length && pages[i] * PAGE < toOffset && !stopped.getAsBoolean(); i++) {
                memory.copyTo(pages[i] * PAGE, page.segment(), 0, PAGE);
                hashes[i] = hash();
            }
        });
    }

    private int hash() {
        crc.reset();
        crc.update(pageBytes.clear());
        return (int) crc.getValue();
    }
}
