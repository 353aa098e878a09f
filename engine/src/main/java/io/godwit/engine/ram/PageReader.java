package io.godwit.engine.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Reads a block's pages for one flow, in ascending order for the most part, when it reads ahead. One thread. */
public interface PageReader extends AutoCloseable {

    /** Copies the page at {@code offset} into {@code target}, native memory, from {@code at} on. */
    void read(long offset, MemorySegment target, long at) throws IOException;

    @Override
    void close();
}
