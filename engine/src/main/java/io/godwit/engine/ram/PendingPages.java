package io.godwit.engine.ram;

import java.util.List;

/** The pages of all blocks that are still to be sent. One thread. */
public final class PendingPages {
    private final List<RamBlock> blocks;
    private final List<PageBitmap> bitmaps;

    /** Nothing is pending yet. */
    public PendingPages(List<RamBlock> blocks) {
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

    public long count() {
        long count = 0;
        for (PageBitmap bitmap : bitmaps) {
            count += bitmap.cardinality();
        }
        return count;
    }
}
