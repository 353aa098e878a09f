package io.godwit.protocol.seal;

import io.godwit.protocol.stream.MalformedStreamException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What a seal begins with, and how long it is. {@code FILE.seal} speaks of the bytes from {@code start} up to, not including,
 * {@code end} of FILE, which is as long as {@code end}. All numbers are little-endian.
 *
 * <pre>
 *  0  "GODWSEAL"
 *  8  le32 version = 1
 * 12  le32 kind of digest = 1: XXH3, 64 bits, seed 0
 * 16  le64 start
 * 24  le64 end
 * 32  le64 digest of each extent, from the one with the byte {@code start} to the one with the byte before {@code end}
 *     root: SHA-256 of all that, 32 bytes
 * </pre>
 *
 * An extent is 64 KiB of the file, at a multiple of that from its first byte. Its digest is that of its 16 pages' digests, one
 * le64 after the other; a page's is that of its 4096 bytes, of which those outside {@code start} to {@code end} count as zero.
 * So a page that is written anew needs no second look at its neighbours.
 *
 * @param start 0 or more, and less than {@code end}
 * @param end at most {@link #MAX_END}
 */
public record SealHeader(long start, long end) {
    /** Bytes before the digests. */
    public static final int BYTES = 32;
    /** Bytes of the root. */
    public static final int ROOT_BYTES = 32;
    /** Bytes of a page, the unit that is digested. */
    public static final int PAGE_BYTES = 4096;
    /** Pages of an extent, the unit that is verified. */
    public static final int EXTENT_PAGES = 16;
    /** Bytes of an extent. */
    public static final int EXTENT_BYTES = EXTENT_PAGES * PAGE_BYTES;
    /** 4 TiB: more than any guest's RAM. The digests are 512 MiB then. */
    public static final long MAX_END = 1L << 42;

    private static final byte[] MAGIC = "GODWSEAL".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int XXH3_64 = 1;

    public SealHeader {
        if (start < 0 || start >= end || end > MAX_END) {
            throw new IllegalArgumentException("seal of bytes " + start + " to " + end);
        }
    }

    /** The extent with the first byte, counted from the file's first one. */
    public long firstExtent() {
        return start / EXTENT_BYTES;
    }

    /** How many extents have a digest. */
    public long extents() {
        return Math.ceilDiv(end, EXTENT_BYTES) - firstExtent();
    }

    /** Bytes of the whole seal. */
    public long sealBytes() {
        return BYTES + extents() * Long.BYTES + ROOT_BYTES;
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).putInt(VERSION).putInt(XXH3_64)
                .putLong(start).putLong(end).array();
    }

    /** Whether {@code bytes} begin as a seal does, of whatever version. */
    public static boolean isMagic(byte[] bytes) {
        return bytes.length >= MAGIC.length
                && ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    }

    /**
     * Reads what {@link #toBytes} gives.
     *
     * @param bytes {@link #BYTES} of them, or fewer if the seal has no more
     * @param sealBytes how long the seal is
     */
    public static SealHeader of(byte[] bytes, long sealBytes) throws MalformedStreamException {
        if (bytes.length < BYTES) {
            throw new MalformedStreamException(
                    "a seal of %d bytes, expected %d or more".formatted(bytes.length, BYTES));
        }
        if (!isMagic(bytes)) {
            throw new MalformedStreamException("a seal that begins with %s, expected %s"
                    .formatted(HexFormat.of().formatHex(bytes, 0, MAGIC.length), HexFormat.of().formatHex(MAGIC)));
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes, MAGIC.length, BYTES - MAGIC.length).order(ByteOrder.LITTLE_ENDIAN);
        expect("version", fields.getInt(), VERSION);
        expect("kind of digest", fields.getInt(), XXH3_64);
        long start = fields.getLong();
        long end = fields.getLong();
        if (start < 0 || start >= end || end > MAX_END) {
            throw new MalformedStreamException("a seal of bytes %s to %s, expected some of the first %d".formatted(
                    Long.toUnsignedString(start), Long.toUnsignedString(end), MAX_END));
        }
        var header = new SealHeader(start, end);
        if (header.sealBytes() != sealBytes) {
            throw new MalformedStreamException("a seal of %d bytes, expected %d for the bytes %d to %d"
                    .formatted(sealBytes, header.sealBytes(), start, end));
        }
        return header;
    }

    private static void expect(String what, int got, int expected) throws MalformedStreamException {
        if (got != expected) {
            throw new MalformedStreamException("a seal with %s %s, expected %d".formatted(what,
                    Integer.toUnsignedString(got), expected));
        }
    }
}
