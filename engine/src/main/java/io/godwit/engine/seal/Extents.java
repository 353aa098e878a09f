package io.godwit.engine.seal;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Room for some extents of a file, one after the other, and for the digests of one extent's pages. Owns both. One thread. */
public final class Extents implements AutoCloseable {
    private static final int EXTENT = SealHeader.EXTENT_BYTES;
    private static final int DIGESTS = SealHeader.EXTENT_PAGES * Long.BYTES;

    private final NativeBuffer data;
    private final NativeBuffer pages = new NativeBuffer(DIGESTS);

    public Extents(int count) {
        data = new NativeBuffer((long) count * EXTENT);
    }

    int capacity() {
        return (int) (data.byteSize() / EXTENT);
    }

    /** What was read: lent. */
    public MemorySegment data() {
        return data.segment();
    }

    /** The digests of an extent's pages, 8 bytes each: lent, to be filled in. */
    public MemorySegment pageDigests() {
        return pages.segment();
    }

    /** Reads {@code count} extents of a file from the one numbered {@code first} on; what {@code header} does not cover is zero. */
    public void read(Fd file, SealHeader header, long first, int count) throws IOException {
        long begin = first * EXTENT;
        long from = Math.max(header.start(), begin);
        long to = Math.min(header.end(), begin + (long) count * EXTENT);
        MemorySegment buffer = data.segment().asSlice(0, (long) count * EXTENT);
        buffer.asSlice(0, from - begin).fill((byte) 0);
        file.preadFully(buffer, from - begin, to - from, from);
        buffer.asSlice(to - begin).fill((byte) 0);
    }

    /** The digest of the extent at {@code index} of {@link #data}. */
    long digest(int index) {
        Digest.ofPages(data.segment(), (long) index * EXTENT, EXTENT, pages.segment(), 0);
        return digestOfPages();
    }

    /** The digest of an extent of which {@link #pageDigests} are the pages'. */
    public long digestOfPages() {
        return Digest.of(pages.segment(), 0, DIGESTS);
    }

    @Override
    public void close() {
        data.close();
        pages.close();
    }
}
