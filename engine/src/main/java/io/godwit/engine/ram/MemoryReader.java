package io.godwit.engine.ram;

import io.godwit.engine.linux.Mapping;
import java.lang.foreign.MemorySegment;

/** Pages of memory are as near as they can be. */
record MemoryReader(Mapping memory) implements PageReader {

    @Override
    public void read(long offset, MemorySegment target, long at) {
        memory.copyTo(offset, target, at, RamBlock.PAGE_SIZE);
    }

    @Override
    public void close() {
        // The memory is the block's.
    }
}
