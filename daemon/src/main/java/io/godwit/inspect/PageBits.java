package io.godwit.inspect;

import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** The bitmap of one block of a mapped-ram file, read piece by piece as it is walked through. The file is lent. */
final class PageBits {
    private static final int WINDOW_BYTES = 64 << 10;

    private final FileChannel file;
    private final long offset;
    private final long bytes;
    private final long pages;
    private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long windowStart = Long.MIN_VALUE;

    PageBits(FileChannel file, MappedRamLayout.Block block) {
        this.file = file;
        offset = block.header().bitmapOffset();
        bytes = block.bitmapBytes();
        pages = block.entry().lengthBytes() / MappedPages.PAGE_SIZE;
    }

    boolean isSet(long page) throws IOException {
        return (word(page / Long.SIZE) >>> (page % Long.SIZE) & 1) != 0;
    }

    /** How many pages are present. Bits behind the last page do not count. */
    long count() throws IOException {
        long count = 0;
        for (long word = 0; word < bytes / Long.BYTES; word++) {
            count += Long.bitCount(word(word));
        }
        return count - Long.bitCount(behindLast());
    }

    /** The bits of the last word that stand for no page: 0 in a file that is well. */
    long behindLast() throws IOException {
        long used = pages % Long.SIZE;
        return used == 0 ? 0 : word(bytes / Long.BYTES - 1) & -1L << used;
    }

    private long word(long index) throws IOException {
        long at = index * Long.BYTES;
        if (at < windowStart || at >= windowStart + window.limit()) {
            windowStart = at - at % WINDOW_BYTES;
            window.position(0).limit((int) Math.min(WINDOW_BYTES, bytes - windowStart));
            FileInput.readAt(file, offset + windowStart, window);
        }
        return window.getLong((int) (at - windowStart));
    }
}
