package io.godwit.engine.seal;

import io.godwit.engine.linux.Fd;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads a sealed file and gives out no byte of an extent that does not match. Reads ahead. Seal and file are lent. One thread.
 */
public final class SealedReader implements AutoCloseable {
    private static final int EXTENT = SealHeader.EXTENT_BYTES;
    /** Extents that are read at once: 1 MiB. */
    private static final int AHEAD = 16;

    private final Seal seal;
    private final Fd file;
    private final Extents extents;
    /** What is read and verified: from the byte {@code begin} of the file up to {@code end}. */
    private long begin;
    private long end;

    public SealedReader(Seal seal, Fd file) {
        this(seal, file, seal.header().end());
    }

    /** @param bytes how much is to be read: it keeps no more of the file than that, in whole extents */
    public SealedReader(Seal seal, Fd file, long bytes) {
        this.seal = seal;
        this.file = file;
        extents = new Extents((int) Math.min(AHEAD, Math.ceilDiv(bytes, EXTENT)));
    }

    /** Reads at least one byte at {@code position} of the file, at most {@code length}; 0 at its end. */
    public long read(MemorySegment target, long at, long length, long position) throws IOException {
        if (length == 0 || position >= seal.header().end()) {
            return 0;
        }
        if (position < begin || position >= end) {
            fetch(position);
        }
        long part = Math.min(length, end - position);
        MemorySegment.copy(extents.data(), position - begin / EXTENT * EXTENT, target, at, part);
        return part;
    }

    /** As {@link #read}, all of {@code length} bytes, which lie within the file. */
    public void readFully(MemorySegment target, long at, long length, long position) throws IOException {
        for (long done = 0; done < length;) {
            long got = read(target, at + done, length - done, position + done);
            if (got == 0) {
                throw new IllegalArgumentException("byte %d of a file of %d bytes".formatted(position + done,
                        seal.header().end()));
            }
            done += got;
        }
    }

    /** That the {@code length} bytes at {@code position} match. */
    public void verify(long position, long length) throws IOException {
        for (long at = position; at < position + length; at = end) {
            fetch(at);
        }
    }

    private void fetch(long position) throws IOException {
        SealHeader header = seal.header();
        seal.expectStart(position);
        long first = position / EXTENT;
        int count = (int) Math.min(extents.capacity(), header.firstExtent() + header.extents() - first);
        end = begin; // should it fail, nothing is here
        extents.read(file, header, first, count);
        for (int i = 0; i < count; i++) {
            long got = extents.digest(i);
            if (got != seal.digest(first + i)) {
                throw seal.broken(first + i, got, "");
            }
        }
        begin = Math.max(header.start(), first * EXTENT);
        end = Math.min(header.end(), (first + count) * EXTENT);
    }

    @Override
    public void close() {
        extents.close();
    }
}
