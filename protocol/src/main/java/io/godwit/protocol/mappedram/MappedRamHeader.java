package io.godwit.protocol.mappedram;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.WireInput;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;

/**
 * What follows the name and length of a RAM block in the block list of a mapped-ram file. Both offsets are in bytes from
 * the file's first byte.
 *
 * <pre>
 * be32 version = 1, be64 page size = 4096, be64 bitmap offset, be64 pages offset
 * </pre>
 */
public record MappedRamHeader(long bitmapOffset, long pagesOffset) {

    /** Bytes of the header itself. */
    public static final int BYTES = 28;

    private static final int VERSION = 1;
    private static final int PAGE_SIZE = 4096;

    public void write(WireOutput out) throws IOException {
        out.u32(VERSION);
        out.u64(PAGE_SIZE);
        out.u64(bitmapOffset);
        out.u64(pagesOffset);
    }

    /**
     * Reads the header of the block named {@code block}, which is for messages, and checks that the file holds what it
     * points at.
     *
     * @param blockBytes the block's length, a positive multiple of 4096
     * @param fileBytes the file's size
     */
    public static MappedRamHeader read(WireInput in, String block, long blockBytes, long fileBytes) throws IOException {
        int version = in.u32();
        if (version != VERSION) {
            throw new MalformedStreamException("mapped-ram header of RAM block '%s' has version %s, expected %d"
                    .formatted(block, Integer.toUnsignedString(version), VERSION));
        }
        long pageSize = in.u64();
        if (pageSize != PAGE_SIZE) {
            throw new MalformedStreamException("RAM block '%s' has pages of %s bytes, expected %d".formatted(block,
                    Long.toUnsignedString(pageSize), PAGE_SIZE));
        }
        var header = new MappedRamHeader(in.u64(), in.u64());
        header.check(block, blockBytes, fileBytes);
        return header;
    }

    private void check(String block, long blockBytes, long fileBytes) throws MalformedStreamException {
        long bitmapBytes = bitmapBytes(blockBytes);
        expectInFile("bitmap", block, bitmapOffset, bitmapBytes, fileBytes);
        expectInFile("pages", block, pagesOffset, blockBytes, fileBytes);
        if (pagesOffset % PAGE_SIZE != 0) {
            throw new MalformedStreamException(
                    "pages of RAM block '%s' at byte %d of the file, expected a multiple of %d"
                            .formatted(block, pagesOffset, PAGE_SIZE));
        }
        // What is in the file fits into a long, so the ends do.
        if (bitmapOffset < pagesOffset + blockBytes && pagesOffset < bitmapOffset + bitmapBytes) {
            throw new MalformedStreamException(
                    "bitmap of RAM block '%s' at byte %d of the file overlaps its pages at byte %d".formatted(block,
                            bitmapOffset, pagesOffset));
        }
    }

    private static void expectInFile(String what, String block, long offset, long length, long fileBytes)
            throws MalformedStreamException {
        if (offset < 0 || length > fileBytes || offset > fileBytes - length) {
            throw new MalformedStreamException(
                    "%s of RAM block '%s': %d bytes at byte %s of the file, which has %d".formatted(what, block, length,
                            Long.toUnsignedString(offset), fileBytes));
        }
    }

    /** Bytes of the bitmap of a block of so many bytes: one bit for each page, in whole little-endian words of 64 bits. */
    static long bitmapBytes(long blockBytes) {
        long pages = blockBytes / PAGE_SIZE;
        return Math.ceilDiv(pages, Long.SIZE) * Long.BYTES;
    }
}
