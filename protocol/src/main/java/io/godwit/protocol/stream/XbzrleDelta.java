package io.godwit.protocol.stream;

/**
 * The data of an XBZRLE record: what has changed in a page since the destination last got it.
 *
 * <pre>
 * (ULEB128 count of unchanged bytes, ULEB128 count of changed bytes, their new values) *
 * </pre>
 *
 * No count exceeds a page, so each has one or two bytes. The data may end after a count of unchanged bytes; what it does
 * not reach of the page stays.
 */
public final class XbzrleDelta {

    /** QEMU does not send a delta that is longer than the page itself. */
    public static final int MAX_BYTES = 4096;
    /** What {@link #encode} returns when the delta would be longer than allowed. */
    public static final int OVERFLOW = -1;

    private static final int PAGE_SIZE = 4096;
    private static final int CONTINUED = 0x80;
    private static final long EACH_BYTE = 0x0101010101010101L;

    private XbzrleDelta() {}

    /** Where the delta lies. */
    @FunctionalInterface
    public interface Source {

        /** The byte at {@code index}, signed or not. */
        int at(int index);
    }

    /** What the page was and what it is now. */
    @FunctionalInterface
    public interface Difference {

        /** The exclusive or of both pages' 8 bytes at {@code offset}, a multiple of 8; the first byte in the lowest bits. */
        long at(int offset);

        /** Where at or after the byte {@code from} they differ first: 4096 when nowhere. Whoever can compare memory does it faster. */
        default int firstChanged(int from) {
            if (from == PAGE_SIZE) {
                return PAGE_SIZE;
            }
            int word = from & -Long.BYTES;
            long changes = at(word) & fromByte(from);
            while (changes == 0) {
                word += Long.BYTES;
                if (word == PAGE_SIZE) {
                    return PAGE_SIZE;
                }
                changes = at(word);
            }
            return word + Long.numberOfTrailingZeros(changes) / Byte.SIZE;
        }
    }

    /** Takes a delta as it is made, in order. */
    public interface Sink {

        /** A byte, for {@code index} in the delta. */
        void put(int index, int value);

        /** {@code length} bytes of the new page, from {@code offset} on, for {@code index} in the delta. */
        void copy(int index, int offset, int length);
    }

    /** The page that it changes. */
    @FunctionalInterface
    public interface Target {

        /** Takes {@code length} bytes of the delta, from {@code index} on, to {@code offset} in the page; all within both. */
        void copy(int index, int offset, int length);
    }

    /**
     * Applies a delta of {@code length} bytes. Allocates nothing.
     *
     * @throws MalformedStreamException when it is none; what preceded the fault has been copied
     */
    public static void apply(Source delta, int length, Target page) throws MalformedStreamException {
        if (length < 1 || length > MAX_BYTES) {
            throw new MalformedStreamException("XBZRLE data of " + length + " bytes, expected 1 to " + MAX_BYTES);
        }
        int index = 0;
        int offset = 0;
        while (index < length) {
            offset += count(delta, index, length, offset);
            index += countBytes(delta, index);
            if (index == length) {
                return;
            }
            int changed = count(delta, index, length, offset);
            index += countBytes(delta, index);
            if (changed == 0) {
                throw new MalformedStreamException("XBZRLE run of no changed byte at offset " + offset);
            }
            if (changed > length - index) {
                throw new MalformedStreamException("XBZRLE run of %d changed bytes, of which %d came".formatted(changed,
                        length - index));
            }
            page.copy(index, offset, changed);
            index += changed;
            offset += changed;
        }
    }

    /**
     * Makes the delta of two pages, of at most {@code limit} bytes: the shortest runs, none of them empty but perhaps the first,
     * and nothing behind the last change, as QEMU's decoder insists on. Allocates nothing.
     *
     * @return its length; 0 when nothing has changed; {@link #OVERFLOW} when it would be longer, with part of it in the sink
     */
    public static int encode(Difference pages, Sink delta, int limit) {
        int length = 0;
        int end = 0;
        int changed = pages.firstChanged(0);
        while (changed < PAGE_SIZE) {
            int unchanged = changed - end;
            end = firstUnchanged(pages, changed);
            int bytes = end - changed;
            if (countBytes(unchanged) + countBytes(bytes) + bytes > limit - length) {
                return OVERFLOW;
            }
            length = putCount(delta, length, unchanged);
            length = putCount(delta, length, bytes);
            delta.copy(length, changed, bytes);
            length += bytes;
            changed = pages.firstChanged(end);
        }
        return length;
    }

    private static int firstUnchanged(Difference pages, int from) {
        int word = from & -Long.BYTES;
        long zeros = lowestZeroByte(pages.at(word) | ~fromByte(from));
        while (zeros == 0) {
            word += Long.BYTES;
            if (word == PAGE_SIZE) {
                return PAGE_SIZE;
            }
            zeros = lowestZeroByte(pages.at(word));
        }
        return word + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
    }

    /** All bits of the bytes of a word from that of {@code offset} on. */
    private static long fromByte(int offset) {
        return -1L << (offset % Long.BYTES * Byte.SIZE);
    }

    /** The lowest bit set is in the lowest byte that is zero; those above it mean nothing. 0 when no byte is zero. */
    private static long lowestZeroByte(long word) {
        return (word - EACH_BYTE) & ~word & (EACH_BYTE << (Byte.SIZE - 1));
    }

    private static int countBytes(int count) {
        return count < CONTINUED ? 1 : 2;
    }

    private static int putCount(Sink delta, int index, int count) {
        if (count < CONTINUED) {
            delta.put(index, count);
            return index + 1;
        }
        delta.put(index, (count & 0xff) | CONTINUED);
        delta.put(index + 1, count >> 7);
        return index + 2;
    }

    /** The count at {@code index}, of bytes from {@code offset} in the page. */
    private static int count(Source delta, int index, int length, int offset) throws MalformedStreamException {
        int bytes = countBytes(delta, index);
        if (bytes > length - index) {
            throw new MalformedStreamException("XBZRLE data of " + length + " bytes ends within a count");
        }
        int count = delta.at(index) & ~CONTINUED & 0xff;
        if (bytes == 2) {
            int high = delta.at(index + 1) & 0xff;
            if (high >= CONTINUED) {
                throw new MalformedStreamException("XBZRLE count of more than 2 bytes");
            }
            count |= high << 7;
        }
        if (count > PAGE_SIZE - offset) {
            throw new MalformedStreamException(
                    "XBZRLE run of %d bytes at offset %d, expected at most %d".formatted(count,
                            offset, PAGE_SIZE - offset));
        }
        return count;
    }

    private static int countBytes(Source delta, int index) {
        return (delta.at(index) & CONTINUED) == 0 ? 1 : 2;
    }
}
