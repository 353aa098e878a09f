package io.godwit.engine.precopy;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.SparseBuffer;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Pages as the destination has them, as many as there is room for. Pages are numbered over all blocks; each has one slot that
 * it may be in, which it shares with others. One that was asked for lately keeps it: when the guest writes more pages in turn
 * than there is room for, a part of them is found each time, where the newest taking every slot would leave none.
 *
 * <pre>
 * slots * (u64 page number + 1, or 0 when empty; u64 number of the pass that last asked for it), slots * 4096 bytes
 * </pre>
 *
 * Owns its memory, of which only the slots that are used take any. Allocates nothing per page. One thread.
 */
final class PageCache implements AutoCloseable {
    /** What {@link #find} returns for a page that is not there. */
    static final long MISS = -1;

    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    private static final long SLOT_BYTES = 2L * Long.BYTES;
    /** A page that no pass has asked for since the one before the last gives its slot up. */
    private static final int PASSES_KEPT = 2;

    private final long bytes;
    private final long slots;
    private final SparseBuffer buffer;
    private final MemorySegment memory;
    private final long pagesStart;

    /** @param bytes of pages: a power of two, at least one page */
    PageCache(long bytes) throws IOException {
        this.bytes = bytes;
        slots = bytes / PAGE_SIZE;
        pagesStart = Math.ceilDiv(slots * SLOT_BYTES, PAGE_SIZE) * (long) PAGE_SIZE;
        try {
            buffer = SparseBuffer.of(pagesStart + bytes);
        } catch (IOException e) {
            throw new IOException("xbzrle cache of " + bytes + " bytes: " + e.getMessage(), e);
        }
        memory = buffer.segment();
    }

    /** The size that is worth having for so many pages of RAM: with a slot for each, more would stay empty. */
    static long usefulBytes(long wanted, long ramPages) {
        long slotForEach = Long.highestOneBit(Math.max(1, ramPages - 1)) * 2 * PAGE_SIZE;
        return Math.min(wanted, slotForEach);
    }

    long byteSize() {
        return bytes;
    }

    /** Where the pages are, to be read. */
    MemorySegment memory() {
        return memory;
    }

    /** Whether the page is there. */
    boolean holds(long page) {
        return memory.get(JAVA_LONG, slot(page) * SLOT_BYTES) == page + 1;
    }

    /** Where in {@link #memory} the page stands, or {@link #MISS}. Pass number {@code pass} has asked for it. */
    long find(long page, long pass) {
        if (!holds(page)) {
            return MISS;
        }
        long slot = slot(page);
        memory.set(JAVA_LONG, slot * SLOT_BYTES + Long.BYTES, pass);
        return pagesStart + slot * PAGE_SIZE;
    }

    /** Remembers a page, from {@code at} on in {@code content}, unless another one keeps the slot. */
    void keep(long page, long pass, MemorySegment content, long at) {
        long slot = slot(page);
        long entry = slot * SLOT_BYTES;
        long there = memory.get(JAVA_LONG, entry);
        boolean fresh = memory.get(JAVA_LONG, entry + Long.BYTES) + PASSES_KEPT > pass;
        if (there != page + 1 && there != 0 && fresh) {
            return;
        }
        memory.set(JAVA_LONG, entry, page + 1);
        memory.set(JAVA_LONG, entry + Long.BYTES, pass);
        MemorySegment.copy(content, at, memory, pagesStart + slot * PAGE_SIZE, PAGE_SIZE);
    }

    private long slot(long page) {
        return page & (slots - 1);
    }

    @Override
    public void close() {
        buffer.close();
    }
}
