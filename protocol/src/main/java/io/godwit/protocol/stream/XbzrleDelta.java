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

    private static final int PAGE_SIZE = 4096;
    private static final int CONTINUED = 0x80;

    private XbzrleDelta() {}

    /** Where the delta lies. */
    @FunctionalInterface
    public interface Source {

        /** The byte at {@code index}, signed or not. */
        int at(int index);
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
