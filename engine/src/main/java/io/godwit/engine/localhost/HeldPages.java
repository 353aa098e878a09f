package io.godwit.engine.localhost;

import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import java.io.IOException;
import java.util.List;

/** Which pages of a guest are on this side: those that would have to be given away. One thread. */
final class HeldPages {
    private final List<MemoryBlock> blocks;
    private final PendingPages held;

    /** None are yet. */
    HeldPages(List<MemoryBlock> blocks) {
        this.blocks = blocks;
        held = new PendingPages(blocks);
    }

    /** Adds all that have memory. */
    void addTouched() throws IOException {
        held.addTouched();
    }

    /** Takes out what {@code unneeded} names; returns how many they were. */
    long leave(UnneededPages unneeded) throws IOException {
        return unneeded.takeOutOf(held);
    }

    List<MemoryBlock> blocks() {
        return blocks;
    }

    PageBitmap of(int block) {
        return held.bitmap(block);
    }

    long count() {
        return held.count();
    }
}
