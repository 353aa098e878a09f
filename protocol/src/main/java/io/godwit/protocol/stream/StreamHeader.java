package io.godwit.protocol.stream;

import java.io.IOException;

/** The first eight bytes of every stream: {@code "QEVM"} and version 3. */
public final class StreamHeader {
    public static final int MAGIC = 0x5145564d;
    public static final int VERSION = 3;

    private StreamHeader() {}

    public static void write(WireOutput out) throws IOException {
        out.u32(MAGIC);
        out.u32(VERSION);
    }

    /** Reads and checks both. */
    public static void read(WireInput in) throws IOException {
        int magic = in.u32();
        if (magic != MAGIC) {
            throw new MalformedStreamException(
                    "not a migration stream: it begins with 0x%08x, expected 0x%08x".formatted(magic, MAGIC));
        }
        int version = in.u32();
        if (version != VERSION) {
            throw new MalformedStreamException(
                    "stream version " + Integer.toUnsignedString(version) + ", expected " + VERSION);
        }
    }
}
