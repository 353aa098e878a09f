package io.godwit.engine.contract;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;

/**
 * How much of RAM there is to send, by a sample of the pages that were ever touched: some of them are zero nevertheless, and take
 * next to nothing.
 *
 * @param touched pages that may hold something else than zero
 * @param likelyContent how many of them do, as far as the sample tells
 * @param leastContent no fewer do, but for one case in a thousand
 */
record RamEstimate(long touched, double likelyContent, double leastContent) {
    /** A page with its header, and one that is zero: in the plain stream. */
    static final double PAGE_BYTES = RamBlock.PAGE_SIZE + 8.0;
    static final double ZERO_BYTES = 9;

    private static final int SAMPLE = 1024;
    private static final double SIGMAS = 3;

    /** Reads {@link #SAMPLE} pages at the most. */
    static RamEstimate of(List<? extends RamBlock> ram) throws IOException {
        long touched = 0;
        var bitmaps = ram.stream().map(block -> new PageBitmap(block.pages())).toList();
        for (int i = 0; i < bitmaps.size(); i++) {
            ram.get(i).addTouched(bitmaps.get(i));
            touched += bitmaps.get(i).cardinality();
        }
        long step = Math.max(1, touched / SAMPLE);
        long looked = 0;
        long content = 0;
        for (int i = 0; i < bitmaps.size(); i++) {
            PageBitmap bitmap = bitmaps.get(i);
            for (long page = bitmap.nextSet(0), nth = 0; page >= 0; page = bitmap.nextSet(page + 1), nth++) {
                if (nth % step == 0) {
                    looked++;
                    long offset = page * RamBlock.PAGE_SIZE;
                    if (ram.get(i).zeroEnd(offset, offset + RamBlock.PAGE_SIZE) == offset) {
                        content++;
                    }
                }
            }
        }
        return of(touched, looked, content);
    }

    /** By a sample of {@code looked} pages, {@code content} of which are not zero. */
    static RamEstimate of(long touched, long looked, long content) {
        if (looked == 0) {
            return new RamEstimate(0, 0, 0);
        }
        double part = (double) content / looked;
        // The whole is known when all were looked at; a sample that is all content may still have missed zero pages.
        double spread = looked == touched ? 0 : SIGMAS * Math.sqrt(Math.max(part * (1 - part), 1.0 / looked) / looked);
        return new RamEstimate(touched, part * touched, Math.max(0, part - spread) * touched);
    }

    /** What sending all of it once is likely to take. */
    double likelyBytes() {
        return likelyContent * PAGE_BYTES + (touched - likelyContent) * ZERO_BYTES;
    }

    /** What it takes at the least. */
    double leastBytes() {
        return leastContent * RamBlock.PAGE_SIZE;
    }
}
