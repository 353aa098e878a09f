package io.godwit.protocol.qmp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of the token being read. One buffer for all tokens of a parser, so whoever wants to keep a text copies it. */
final class TokenText {
    /** A buffer that one long token made larger than this is given back after it. */
    private static final int KEPT = 64 << 10;

    private byte[] bytes = new byte[256];
    private int length;

    void append(int octet) {
        if (length == bytes.length) {
            grow(1);
        }
        bytes[length++] = (byte) octet;
    }

    void append(byte[] source, int from, int to) {
        int count = to - from;
        if (count > bytes.length - length) {
            grow(count);
        }
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    private void grow(int count) {
        bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
    }

    void clear() {
        length = 0;
        if (bytes.length > KEPT) {
            bytes = new byte[256];
        }
    }

    int length() {
        return length;
    }

    int at(int index) {
        return bytes[index] & 0xff;
    }

    /** The text as Latin-1, which is right when it is known to be ASCII. */
    String ascii(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** All of it, for a message. */
    String shown() {
        return shown(0, length);
    }

    /** As QEMU shows it in a message: up to the first NUL, what is not UTF-8 replaced by U+FFFD. */
    String shown(int from, int to) {
        int end = from;
        while (end < to && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }
}
