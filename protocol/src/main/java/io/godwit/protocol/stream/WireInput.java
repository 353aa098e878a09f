package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Gives the bytes of a stream, big-endian. The end of the bytes in the middle of a value is an {@link java.io.EOFException}. */
public interface WireInput {

    /** Bytes taken so far: where the next one stands, for messages. */
    long position();

    int u8() throws IOException;

    int u16() throws IOException;

    int u32() throws IOException;

    long u64() throws IOException;

    /** As many as {@code values} has places, at most 8192. */
    default void u64s(long[] values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            values[i] = u64();
        }
    }

    /** Exactly {@code length} bytes, which the caller has bounded. */
    byte[] bytes(int length) throws IOException;

    /** One length byte and that many characters. */
    default String str8() throws IOException {
        return new String(bytes(u8()), StandardCharsets.ISO_8859_1);
    }
}
