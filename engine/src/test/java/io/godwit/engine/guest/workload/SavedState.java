package io.godwit.engine.guest.workload;

import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.nio.ByteBuffer;

/** A device's state as it comes out at the other side. */
record SavedState(ByteBuffer body) implements DeviceStateReader {

    static SavedState of(WorkloadDevice device) {
        var out = new DeviceStateWriter();
        device.save(out);
        return new SavedState(ByteBuffer.wrap(out.body()));
    }

    @Override
    public int u8(String name) {
        return Byte.toUnsignedInt(body.get());
    }

    @Override
    public int u16(String name) {
        return Short.toUnsignedInt(body.getShort());
    }

    @Override
    public int u32(String name) {
        return body.getInt();
    }

    @Override
    public long u64(String name) {
        return body.getLong();
    }

    @Override
    public byte[] buffer(String name, int length) {
        byte[] bytes = new byte[length];
        body.get(bytes);
        return bytes;
    }
}
