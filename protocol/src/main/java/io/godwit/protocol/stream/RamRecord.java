package io.godwit.protocol.stream;

/**
 * Flags in the low 12 bits of the be64 that begins every record of a RAM section; the rest is an offset in the block, or
 * with MEM_SIZE a total.
 *
 * <pre>
 * ZERO      [str8 block] u8 0          the page is zero
 * MEM_SIZE  str8 name, be64 length ... the block list, until the lengths add up to the total
 * PAGE      [str8 block] 4096 bytes
 * XBZRLE    [str8 block] u8 1, be16 length, delta
 * EOS                                  ends the section's body
 * CONTINUE  with ZERO, PAGE, XBZRLE: no str8, the block is that of the record before
 * </pre>
 */
public final class RamRecord {
    public static final int ZERO = 0x002;
    public static final int MEM_SIZE = 0x004;
    public static final int PAGE = 0x008;
    public static final int EOS = 0x010;
    public static final int CONTINUE = 0x020;
    public static final int XBZRLE = 0x040;
    public static final int HOOK = 0x080;
    public static final int MULTIFD_FLUSH = 0x200;
    public static final int FLAGS = 0xfff;

    /** Bytes of a zero page record with CONTINUE. */
    public static final int ZERO_BYTES = 9;
    /** Bytes of a page record with CONTINUE, page included. */
    public static final int PAGE_BYTES = 8 + 4096;

    private RamRecord() {}

    /** The flags in words, for messages. */
    public static String describe(int flags) {
        return switch (flags & ~CONTINUE) {
            case ZERO -> "ZERO";
            case MEM_SIZE -> "MEM_SIZE";
            case PAGE -> "PAGE";
            case EOS -> "EOS";
            case XBZRLE -> "XBZRLE";
            case HOOK -> "HOOK";
            case MULTIFD_FLUSH -> "MULTIFD_FLUSH";
            default -> "flags 0x%03x".formatted(flags);
        };
    }
}
