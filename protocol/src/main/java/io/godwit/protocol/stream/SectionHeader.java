package io.godwit.protocol.stream;

import java.io.IOException;

/**
 * What follows the type byte of START and FULL: binds {@code id}, which the source chooses, to a device. PART and END
 * carry the id alone. Every section ends with a footer that repeats the id.
 *
 * <pre>
 * be32 id, str8 name, be32 instance, be32 version, body, u8 0x7e, be32 id
 * </pre>
 */
public record SectionHeader(int id, String name, int instance, int version) {

    /** The RAM section's name and the only version of it that anybody accepts. */
    public static final String RAM = "ram";
    public static final int RAM_VERSION = 4;

    public static SectionHeader read(WireInput in) throws IOException {
        return new SectionHeader(in.u32(), in.str8(), in.u32(), in.u32());
    }

    public void write(WireOutput out) throws IOException {
        out.u32(id);
        out.str8(name);
        out.u32(instance);
        out.u32(version);
    }

    public static void writeFooter(WireOutput out, int id) throws IOException {
        out.u8(SectionType.FOOTER.code());
        out.u32(id);
    }

    /** Reads a footer and checks that it closes the section {@code id}. */
    public static void readFooter(WireInput in, int id, String what) throws IOException {
        long at = in.position();
        int type = in.u8();
        if (type != SectionType.FOOTER.code()) {
            throw new MalformedStreamException(
                    "section '%s' does not end where it should: 0x%02x at byte %d, expected 0x7e".formatted(what, type,
                            at));
        }
        int got = in.u32();
        if (got != id) {
            throw new MalformedStreamException("footer of section '%s' at byte %d names section %s, expected %s"
                    .formatted(what, at, Integer.toUnsignedString(got), Integer.toUnsignedString(id)));
        }
    }
}
