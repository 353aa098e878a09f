package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;

/**
 * Pages of a block that its bitmap says are zero, and whose places in the file are not: they were written and became zero later.
 * Who maps the file sees what they were. Holes are not read. File and bitmap are lent.
 */
record StalePages(Fd file, MappedRamLayout.Block place, PageBitmap present) {
    private static final int PIECE_PAGES = 256;

    PageBitmap find() throws IOException {
        var stale = new PageBitmap(present.pages());
        try (var buffer = new NativeBuffer((long) PIECE_PAGES * RamBlock.PAGE_SIZE)) {
            for (long first = present.nextClear(0); first < present.pages();) {
                long next = present.nextSet(first);
                long end = next < 0 ? present.pages() : next;
                find(first, end, buffer, stale);
                first = present.nextClear(end);
            }
        }
        return stale;
    }

    /** Between two pages that are in the file. */
    private void find(long first, long end, NativeBuffer buffer, PageBitmap stale) throws IOException {
        long base = place.header().pagesOffset();
        for (long page = first; page < end;) {
            long data = file.nextData(base + page * RamBlock.PAGE_SIZE);
            if (data == Fd.NONE || data >= base + end * RamBlock.PAGE_SIZE) {
                return;
            }
            page = Math.max(page, (data - base) / RamBlock.PAGE_SIZE);
            long pages = Math.min(PIECE_PAGES, end - page);
            file.preadFully(buffer.segment(), 0, pages * RamBlock.PAGE_SIZE, base + page * RamBlock.PAGE_SIZE);
            for (int i = 0; i < pages; i++) {
                if (!NativeBuffer.isZeroPage(buffer.segment(), (long) i * RamBlock.PAGE_SIZE)) {
                    stale.set(page + i);
                }
            }
            page += pages;
        }
    }
}
