package io.godwit.engine.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Takes the pages of the postcopy phase, each at most once. Every receiving thread has its own; {@code block} is an index
 * into the stream's list of blocks.
 */
public interface PageSink extends AutoCloseable {

    /** A page whose content stands in {@code buffer}, native memory, from {@code at} on. */
    void page(int block, long offset, MemorySegment buffer, long at) throws IOException;

    /** As {@link #page}, of {@code length} bytes: whole pages of the memory under the block, in a row. */
    void pages(int block, long offset, MemorySegment buffer, long at, long length) throws IOException;

    void zero(int block, long offset) throws IOException;

    @Override
    void close();
}
