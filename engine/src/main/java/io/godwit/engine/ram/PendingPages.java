package io.godwit.engine.ram;

import java.io.IOException;
import java.util.List;

/** The pages of all blocks that are still to be sent. One thread. */
public final class PendingPages {
    private final List<RamBlock> blocks;
    private final List<PageBitmap> bitmaps;

    /** Nothing is pending yet. */
    public PendingPages(List<? extends RamBlock> blocks) {
        this.blocks = List.copyOf(blocks);
        bitmaps = this.blocks.stream().map(block -> new PageBitmap(block.pages())).toList();
    }

    public List<RamBlock> blocks() {
        return blocks;
    }

    /** The bitmap of {@code blocks().get(index)}. */
    public PageBitmap bitmap(int index) {
        return bitmaps.get(index);
    }

    /** Adds every page that may hold something else than zero, without touching any. */
    public void addTouched() throws IOException {
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).addTouched(bitmaps.get(i));
        }
    }

    /** Adds every page there is. */
    public void addAll() {
        bitmaps.forEach(bitmap -> bitmap.setRange(0, bitmap.pages()));
    }

    /** Adds all pages of {@code others}, which are of the same blocks. */
    public void add(PendingPages others) {
        for (int i = 0; i < bitmaps.size(); i++) {
            bitmaps.get(i).or(others.bitmaps.get(i));
        }
    }

    /** Takes out all pages of {@code others}, which are of the same blocks. */
    public void remove(PendingPages others) {
        for (int i = 0; i < bitmaps.size(); i++) {
            bitmaps.get(i).remove(others.bitmaps.get(i));
        }
    }

    /** Moves the first {@code most} pages, or all if there are fewer, to {@code into}, which is of the same blocks. */
    public void moveFirst(long most, PendingPages into) {
        long left = most;
        for (int i = 0; i < bitmaps.size() && left > 0; i++) {
            PageBitmap from = bitmaps.get(i);
            for (long page = from.nextSet(0); page >= 0 && left > 0;) {
                long end = from.nextClear(page, page + left);
                from.clearRange(page, end);
                into.bitmap(i).setRange(page, end);
                left -= end - page;
                page = from.nextSet(end);
            }
        }
    }

    public void clear() {
        bitmaps.forEach(PageBitmap::clearAll);
    }

    public long count() {
        long count = 0;
        for (PageBitmap bitmap : bitmaps) {
            count += bitmap.cardinality();
        }
        return count;
    }
}
