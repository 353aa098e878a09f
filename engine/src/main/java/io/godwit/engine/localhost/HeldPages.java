package io.godwit.engine.localhost;

import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.util.List;

/** Which pages of a guest are on this side. One thread. */
final class HeldPages {
    private final List<MemoryBlock> blocks;
    private final List<PageBitmap> held;

    /** None are yet. */
    HeldPages(List<MemoryBlock> blocks) {
        this.blocks = blocks;
        held = blocks.stream().map(block -> new PageBitmap(block.pages())).toList();
    }

    /** Adds all that have memory. */
    void addTouched() throws IOException {
        for (int i = 0; i < held.size(); i++) {
            blocks.get(i).addTouched(held.get(i));
        }
    }

    List<MemoryBlock> blocks() {
        return blocks;
    }

    PageBitmap of(int block) {
        return held.get(block);
    }

    long count() {
        return held.stream().mapToLong(PageBitmap::cardinality).sum();
    }
}
