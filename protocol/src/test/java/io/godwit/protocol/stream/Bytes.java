package io.godwit.protocol.stream;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A stream in memory, written and read as hex: spaces are for the eye. */
public final class Bytes {

    private Bytes() {}

    /** What {@code writer} writes, in hex. */
    public static String written(Writer writer) throws IOException {
        var bytes = new ByteArrayOutputStream();
        writer.write(new Output(bytes));
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    public static WireInput of(String hex) {
        return new Input(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
    }

    public static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    @FunctionalInterface
    public interface Writer {
        void write(WireOutput out) throws IOException;
    }

    private record Output(ByteArrayOutputStream bytes) implements WireOutput {

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

    private record Input(ByteBuffer bytes) implements WireInput {

        private void need(int count) throws EOFException {
            if (bytes.remaining() < count) {
                throw new EOFException("ends at byte " + bytes.limit());
            }
        }

        @Override
        public long position() {
            return bytes.position();
        }

        @Override
        public int u8() throws IOException {
            need(1);
            return bytes.get() & 0xff;
        }

        @Override
        public int u16() throws IOException {
            need(2);
            return bytes.getShort() & 0xffff;
        }

        @Override
        public int u32() throws IOException {
            need(4);
            return bytes.getInt();
        }

        @Override
        public long u64() throws IOException {
            need(8);
            return bytes.getLong();
        }

        @Override
        public byte[] bytes(int length) throws IOException {
            need(length);
            byte[] value = new byte[length];
            bytes.get(value);
            return value;
        }
    }
}
