package io.godwit.engine.ram;

import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A named, contiguous piece of guest RAM, wherever it lives. Offsets are bytes from the block's start; all offsets and
 * lengths that speak of pages are multiples of {@link #PAGE_SIZE}. What a running guest holds changes under every reader.
 * Buffers are native memory and lent for the call. Whether several threads may call at once is the implementation's to say.
 */
public interface RamBlock extends AutoCloseable {
    /** Bytes in a target page of x86, the unit of dirty tracking and of the stream. */
    int PAGE_SIZE = 4096;

    String name();

    long byteSize();

    default long pages() {
        return byteSize() / PAGE_SIZE;
    }

    /** Bytes of the pages in which its memory comes and goes: a fault brings a whole one. At least {@link #PAGE_SIZE}. */
    default long memoryPageBytes() {
        return PAGE_SIZE;
    }

    /** Adds every page that may hold something else than zero, without touching any. */
    void addTouched(PageBitmap into) throws IOException;

    /** Copies {@code length} bytes from {@code offset} on into {@code target}, from {@code at} on. */
    void read(long offset, MemorySegment target, long at, long length) throws IOException;

    /** Reads pages for a flow. The caller closes it, before the block. */
    PageReader reader();

    /** The same for pages that somebody waits for, in any order: it fetches no more than it must. */
    PageReader readerOutOfTurn();

    /** Copies {@code length} bytes of {@code source}, from {@code at} on, to {@code offset}. */
    void write(long offset, MemorySegment source, long at, long length) throws IOException;

    /** Makes pages zero. */
    void zero(long offset, long length) throws IOException;

    /** Where the run of zero pages that begins at {@code offset} ends: {@code offset} itself when the page there is not zero. */
    long zeroEnd(long offset, long limit) throws IOException;

    /** Where the run of pages that are not zero and that begins at {@code offset} ends. */
    long dataEnd(long offset, long limit) throws IOException;

    /** Writes pages to {@code file} at {@code fileOffset}, all of them. */
    void saveTo(Fd file, long fileOffset, long offset, long length) throws IOException;

    /** Reads pages from {@code file} at {@code fileOffset}, all of them. */
    void loadFrom(Fd file, long fileOffset, long offset, long length) throws IOException;

    /**
     * Puts the {@linkplain io.godwit.engine.linux.Digest digest} of each page, 8 bytes, into {@code digests}, native memory,
     * from its byte {@code digestsAt} on.
     */
    void digestPages(long offset, long length, MemorySegment digests, long digestsAt) throws IOException;

    @Override
    void close();
}
