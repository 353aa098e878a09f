package io.godwit.inspect;

import io.godwit.protocol.stream.WireOutput;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Bytes of a file to be, and where in it the things stand that a test will damage. */
final class Recording implements WireOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Integer> marks = new LinkedHashMap<>();

    /** What comes next is known by this name. */
    void mark(String name) {
        marks.put(name, bytes.size());
    }

    int at(String name) {
        Integer at = marks.get(name);
        if (at == null) {
            throw new IllegalArgumentException(name + " is none of " + marks.keySet());
        }
        return at;
    }

    int position() {
        return bytes.size();
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** Zeros up to {@code position}. */
    void fillTo(long position) {
        bytes.writeBytes(new byte[Math.toIntExact(position - bytes.size())]);
    }

    static byte[] page(int octet) {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) octet);
        return page;
    }

    private void put(long value, int size) {
        for (int i = size - 1; i >= 0; i--) {
            bytes.write((int) (value >>> (8 * i)));
        }
    }

    @Override
    public void u8(int value) {
        put(value, 1);
    }

    @Override
    public void u16(int value) {
        put(value, 2);
    }

    @Override
    public void u32(int value) {
        put(value, 4);
    }

    @Override
    public void u64(long value) {
        put(value, 8);
    }

    @Override
    public void bytes(byte[] value) {
        bytes.writeBytes(value);
    }
}
