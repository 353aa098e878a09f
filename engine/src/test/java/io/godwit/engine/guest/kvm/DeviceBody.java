package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A device's body on its way from one guest to another. */
final class DeviceBody implements DeviceStateReader {
    private final ByteBuffer bytes;

    DeviceBody(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    static byte[] of(Device device) throws IOException {
        var out = new DeviceStateWriter();
        device.save(out);
        return out.body();
    }

    private ByteBuffer next(int count) throws IOException {
        if (bytes.remaining() < count) {
            throw new EOFException("body ends");
        }
        return bytes;
    }

    int remaining() {
        return bytes.remaining();
    }

    @Override
    public int u8(String name) throws IOException {
        return Byte.toUnsignedInt(next(1).get());
    }

    @Override
    public int u16(String name) throws IOException {
        return Short.toUnsignedInt(next(2).getShort());
    }

    @Override
    public int u32(String name) throws IOException {
        return next(4).getInt();
    }

    @Override
    public long u64(String name) throws IOException {
        return next(8).getLong();
    }

    @Override
    public byte[] buffer(String name, int length) throws IOException {
        var value = new byte[length];
        next(length).get(value);
        return value;
    }
}
