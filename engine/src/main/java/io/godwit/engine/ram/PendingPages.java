package io.godwit.engine.ram;

import io.godwit.engine.linux.Pagemap;
import java.io.IOException;
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

    /** Adds every page that has memory of its own, without touching any: all others read as zero. */
    public void addTouched() throws IOException {
        try (var pagemap = new Pagemap()) {
            for (int i = 0; i < blocks.size(); i++) {
                PageBitmap bitmap = bitmaps.get(i);
                pagemap.resident(blocks.get(i).memory(),
                        (from, to) -> bitmap.setRange(from / RamBlock.PAGE_SIZE, to / RamBlock.PAGE_SIZE));
            }
        }
    }

    public long count() {
        long count = 0;
        for (PageBitmap bitmap : bitmaps) {
            count += bitmap.cardinality();
        }
        return count;
    }
}
