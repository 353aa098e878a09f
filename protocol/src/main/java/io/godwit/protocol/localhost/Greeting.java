package io.godwit.protocol.localhost;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.WireInput;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;

/**
 * The first bytes of each direction: what tells such a connection from a migration stream, and its version.
 *
 * <pre>
 * be32 magic "GdLM", be32 version
 * </pre>
 */
public final class Greeting {
    /** The first four bytes. */
    public static final int MAGIC = 0x47644c4d;
    /** The only version there is. One that does not understand the other's refuses. */
    public static final int VERSION = 1;
    /** Bytes of all of it. */
    public static final int BYTES = 8;

    private Greeting() {}

    public static void write(WireOutput out) throws IOException {
        out.u32(MAGIC);
        out.u32(VERSION);
    }

    /** Reads all of it and checks it. */
    public static void check(WireInput in) throws IOException {
        int magic = in.u32();
        if (magic != MAGIC) {
            throw new MalformedStreamException(
                    "the other side is no Godwit that waits for a guest: its answer begins with 0x%08x, expected 0x%08x"
                            .formatted(magic, MAGIC));
        }
        int version = in.u32();
        if (version != VERSION) {
            throw new MalformedStreamException("the other side speaks version %s of localhost-migrate, expected %d"
                    .formatted(Integer.toUnsignedString(version), VERSION));
        }
    }
}
