package io.godwit.protocol.stream;

import java.io.ByteArrayOutputStream;

/** Gathers sections, to be written in one piece with their length before them: what {@link PackageInput} reads. One thread. */
public final class PackageOutput implements WireOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Empty. */
    public PackageOutput() {}

    /** What has been written so far; a copy. */
    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private void put(long value, int size) {
        for (int shift = (size - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes.write((int) (value >>> shift));
        }
    }

    @Override
    public void u8(int value) {
        put(value, Byte.BYTES);
    }

    @Override
    public void u16(int value) {
        put(value, Short.BYTES);
    }

    @Override
    public void u32(int value) {
        put(value, Integer.BYTES);
    }

    @Override
    public void u64(long value) {
        put(value, Long.BYTES);
    }

    @Override
    public void bytes(byte[] value) {
        bytes.writeBytes(value);
    }
}
