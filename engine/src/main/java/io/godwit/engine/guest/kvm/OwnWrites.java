package io.godwit.engine.guest.kvm;

import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;

/** Pages that this process writes into the guest's RAM itself: KVM's log does not see them. Any thread. */
final class OwnWrites {
    private final PageBitmap pages;

    OwnWrites(MemoryBlock ram) {
        pages = new PageBitmap(ram.pages());
    }

    /** Notes a write of {@code bytes} at {@code offset} of the block. */
    synchronized void note(long offset, long bytes) {
        pages.setRange(offset / RamBlock.PAGE_SIZE, (offset + bytes + RamBlock.PAGE_SIZE - 1) / RamBlock.PAGE_SIZE);
    }

    /** Adds what was noted to {@code into} and forgets it. */
    synchronized void take(PageBitmap into) {
        into.or(pages);
        pages.clearAll();
    }

    synchronized void forget() {
        pages.clearAll();
    }
}
