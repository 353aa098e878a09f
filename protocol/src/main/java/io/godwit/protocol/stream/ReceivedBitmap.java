package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.function.IntToLongFunction;

/**
 * Which pages of a block a destination has received, as it stands behind the message {@link ReturnPathMessage.Received}.
 *
 * <pre>
 * be64 size, bitmap, be64 0x0123456789abcdef      size: one bit for each page, in words of 64, bit 0 of byte 0 the first
 * </pre>
 */
public final class ReceivedBitmap {
    private static final long END_MARK = 0x0123456789abcdefL;

    private ReceivedBitmap() {}

    /** Takes 64 pages at once: bit 0 of {@code bits} is page {@code 64 * index}. */
    @FunctionalInterface
    public interface Words {
        void put(int index, long bits);
    }

    private static int words(long pages) {
        return Math.toIntExact(Math.ceilDiv(pages, (long) Long.SIZE));
    }

    /** Writes that of a block of so many pages, 64 at a time as {@code word} gives them. */
    public static void write(WireOutput out, long pages, IntToLongFunction word) throws IOException {
        out.u64((long) words(pages) * Long.BYTES);
        for (int i = 0; i < words(pages); i++) {
            out.u64(Long.reverseBytes(word.applyAsLong(i)));
        }
        out.u64(END_MARK);
    }

    /** Reads that of a block of so many pages, and refuses bits beyond them. */
    public static void read(WireInput in, long pages, Words words) throws IOException {
        long size = in.u64();
        if (size != (long) words(pages) * Long.BYTES) {
            throw new MalformedStreamException("bitmap of %s bytes for a block of %d pages, expected %d"
                    .formatted(Long.toUnsignedString(size), pages, (long) words(pages) * Long.BYTES));
        }
        for (int i = 0; i < words(pages); i++) {
            long bits = Long.reverseBytes(in.u64());
            long left = pages - (long) i * Long.SIZE;
            if (left < Long.SIZE && bits >>> left != 0) {
                throw new MalformedStreamException("bitmap has bits set beyond the block's " + pages + " pages");
            }
            words.put(i, bits);
        }
        long end = in.u64();
        if (end != END_MARK) {
            throw new MalformedStreamException("bitmap ends with 0x%016x, expected 0x%016x".formatted(end, END_MARK));
        }
    }
}
