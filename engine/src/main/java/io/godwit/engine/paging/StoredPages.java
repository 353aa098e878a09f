package io.godwit.engine.paging;

import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Writes pages into the RAM of a guest that does not run here, and so waits for none. One thread. */
public final class StoredPages implements PageSink {
    private final ReceivedPages received;

    /** The blocks read as zero where no page has come. */
    public StoredPages(ReceivedPages received) {
        this.received = received;
    }

    @Override
    public void page(int block, long offset, MemorySegment buffer, long at) throws IOException {
        pages(block, offset, buffer, at, RamBlock.PAGE_SIZE);
    }

    @Override
    public void pages(int block, long offset, MemorySegment buffer, long at, long length) throws IOException {
        received.expectNew(block, offset, length);
        received.block(block).write(offset, buffer, at, length);
        received.add(block, offset, length);
    }

    @Override
    public void zero(int block, long offset) throws IOException {
        received.expectNew(block, offset, RamBlock.PAGE_SIZE);
        received.add(block, offset, RamBlock.PAGE_SIZE);
    }

    @Override
    public void close() {
        // The RAM is the guest's.
    }
}
