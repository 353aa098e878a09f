package io.godwit.protocol.stream;

import java.io.IOException;

/** The byte that begins everything after the stream's header. */
public enum SectionType {
    EOF(0x00),
    START(0x01),
    PART(0x02),
    END(0x03),
    FULL(0x04),
    SUBSECTION(0x05),
    VMDESCRIPTION(0x06),
    CONFIGURATION(0x07),
    COMMAND(0x08),
    FOOTER(0x7e);

    private static final SectionType[] BY_CODE = new SectionType[0x7f];

    static {
        for (SectionType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    SectionType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Reads one. */
    public static SectionType read(WireInput in) throws IOException {
        long at = in.position();
        int code = in.u8();
        if (code >= BY_CODE.length || BY_CODE[code] == null) {
            throw new MalformedStreamException("unknown section type 0x%02x at byte %d".formatted(code, at));
        }
        return BY_CODE[code];
    }
}
