package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Takes the bytes of a stream, big-endian. */
public interface WireOutput {

    void u8(int value) throws IOException;

    void u16(int value) throws IOException;

    void u32(int value) throws IOException;

    void u64(long value) throws IOException;

    void bytes(byte[] value) throws IOException;

    /** One length byte and that many ASCII characters. */
    default void str8(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > 255) {
            throw new IllegalArgumentException(text + ": " + bytes.length + " bytes, at most 255");
        }
        u8(bytes.length);
        bytes(bytes);
    }
}
