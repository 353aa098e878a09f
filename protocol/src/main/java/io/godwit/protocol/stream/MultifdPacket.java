package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The header of a multifd packet, 1344 bytes, after which the data of its normal pages follow.
 *
 * <pre>
 *    0  be32 0x11223344, be32 1, be32 flags, be32 pages a packet can hold, be32 normal pages, be32 bytes of data
 *   24  be64 number, be32 zero pages, 28 bytes zero
 *   64  256 bytes block name, zero-terminated
 *  320  128 x be64 offsets in the block: the normal pages, then the zero pages
 * </pre>
 *
 * @param flags {@link #SYNC}, and the compression method
 * @param dataBytes of the normal pages, in the order of their offsets
 * @param block empty when there is no page
 */
public record MultifdPacket(int flags, int normalPages, int zeroPages, int dataBytes, long number, String block) {
    public static final int MAGIC = 0x11223344;
    public static final int VERSION = 1;
    /** All channels stop here until the main one says that they may go on. */
    public static final int SYNC = 0x01;
    private static final int PAGE_SIZE = 4096;
    /** Pages in a packet, at most. */
    public static final int MAX_PAGES = 128;
    public static final int HEADER_BYTES = 1344;
    /** Where the first offset stands. */
    public static final int OFFSETS_AT = 320;

    private static final int NAME_BYTES = 256;
    private static final int PADDING = 28;

    /** Bytes of data in a packet, at most: its pages, and what a compression adds to what cannot be compressed. */
    public static final int MAX_DATA_BYTES = MAX_PAGES * PAGE_SIZE + (16 << 10);

    /** How pages are compressed: QEMU's parameter multifd-compression. */
    public enum Method {
        NONE(0),
        /** One deflate stream for each channel, sync-flushed after each packet. */
        ZLIB(0x02),
        /** One frame for each channel, flushed after each packet and never ended. */
        ZSTD(0x04);

        private final int flag;

        Method(int flag) {
            this.flag = flag;
        }

        /** Its flag in a packet. */
        public int flag() {
            return flag;
        }

        /** The method of that name, such as {@code zstd}. */
        public static Method of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }
    }

    /** All of it, but the offsets, whose place stays zero. */
    public void write(WireOutput out) throws IOException {
        out.u32(MAGIC);
        out.u32(VERSION);
        out.u32(flags);
        out.u32(normalPages + zeroPages == 0 ? 0 : MAX_PAGES);
        out.u32(normalPages);
        out.u32(dataBytes);
        out.u64(number);
        out.u32(zeroPages);
        out.bytes(new byte[PADDING]);
        byte[] name = new byte[NAME_BYTES];
        byte[] characters = block.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(characters, 0, name, 0, characters.length);
        out.bytes(name);
        out.bytes(new byte[MAX_PAGES * Long.BYTES]);
    }

    /** Reads the header of a packet of pages; {@code offsets}, {@link #MAX_PAGES} long, gets them unchecked. */
    public static MultifdPacket read(WireInput in, Method method, long[] offsets) throws IOException {
        long at = in.position();
        readMagic(in);
        int flags = in.u32();
        int capacity = in.u32();
        int normal = in.u32();
        int data = in.u32();
        long number = in.u64();
        int zero = in.u32();
        var _ = in.bytes(PADDING);
        checkPages(at, capacity, normal, zero);
        checkData(at, flags & ~SYNC, method, normal, data);
        String block = name(in.bytes(NAME_BYTES), at, normal + zero > 0);
        in.u64s(offsets);
        return new MultifdPacket(flags, normal, zero, data, number, block);
    }

    static void readMagic(WireInput in) throws IOException {
        long at = in.position();
        int magic = in.u32();
        int version = in.u32();
        if (magic != MAGIC || version != VERSION) {
            throw new MalformedStreamException(
                    "multifd channel has 0x%08x, version %s at byte %d, expected 0x%08x, version %d"
                            .formatted(magic, Integer.toUnsignedString(version), at, MAGIC, VERSION));
        }
    }

    private static void checkPages(long at, int capacity, int normal, int zero) throws MalformedStreamException {
        if (capacity < 0 || capacity > MAX_PAGES || normal < 0 || zero < 0 || normal > capacity
                || zero > capacity - normal) {
            throw new MalformedStreamException(
                    "multifd packet at byte %d: %s normal and %s zero pages of %s, at most %d expected".formatted(at,
                            Integer.toUnsignedString(normal), Integer.toUnsignedString(zero),
                            Integer.toUnsignedString(capacity), MAX_PAGES));
        }
    }

    /** A packet without normal pages may leave the method out. */
    private static void checkData(long at, int flag, Method method, int normal, int data)
            throws MalformedStreamException {
        if (flag != method.flag && (flag != 0 || normal > 0)) {
            throw new MalformedStreamException(
                    "multifd packet at byte %d has the compression flags 0x%x, expected 0x%x (%s): set the same multifd-compression at both sides"
                            .formatted(at, flag, method.flag, method.name().toLowerCase(Locale.ROOT)));
        }
        int least = method == Method.NONE ? normal * PAGE_SIZE : Math.min(normal, 1);
        int most = method == Method.NONE || normal == 0 ? normal * PAGE_SIZE : MAX_DATA_BYTES;
        if (data < least || data > most) {
            throw new MalformedStreamException(
                    "multifd packet at byte %d: %s bytes of %d pages, expected %s".formatted(at,
                            Integer.toUnsignedString(data), normal, least == most ? most : least + " to " + most));
        }
    }

    private static String name(byte[] bytes, long at, boolean needed) throws MalformedStreamException {
        int length = 0;
        while (length < NAME_BYTES && bytes[length] != 0) {
            length++;
        }
        if (length == NAME_BYTES || (needed && length == 0)) {
            throw new MalformedStreamException(
                    "multifd packet at byte %d names a block by %s characters, expected 1 to %d"
                            .formatted(at, length == NAME_BYTES ? "more than 255" : "0", NAME_BYTES - 1));
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
