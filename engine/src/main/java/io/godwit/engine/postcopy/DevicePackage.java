package io.godwit.engine.postcopy;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.switchover.ReturnPath;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.WireOutput;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * With what the guest is given away. It goes out in one piece with its length before it, so that the destination can read all
 * of it and then leave the channel to what serves its faults.
 *
 * <pre>
 * PACKAGED { POSTCOPY_LISTEN, FULL *, PING 3, POSTCOPY_RUN }
 * </pre>
 */
final class DevicePackage {
    private final byte[] bytes;

    private DevicePackage(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Made while the guest stands still. {@code was} is what it was before. */
    static DevicePackage of(DeviceState devices, RunState was) throws IOException {
        var content = new Content();
        new StreamCommand.PostcopyListen().write(content);
        devices.writeSections(content, was);
        new StreamCommand.Ping(ReturnPath.PING_ABOUT_TO_RUN).write(content);
        new StreamCommand.PostcopyRun().write(content);
        return new DevicePackage(content.buffer.toByteArray());
    }

    void write(WireOutput out) throws IOException {
        new StreamCommand.Packaged(bytes.length).write(out);
        out.bytes(bytes);
    }

    /** In the heap: it is device state, some 100 KiB of it. */
    private static final class Content implements WireOutput {
        private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        private final DataOutputStream data = new DataOutputStream(buffer);

        @Override
        public void u8(int value) throws IOException {
            data.writeByte(value);
        }

        @Override
        public void u16(int value) throws IOException {
            data.writeShort(value);
        }

        @Override
        public void u32(int value) throws IOException {
            data.writeInt(value);
        }

        @Override
        public void u64(long value) throws IOException {
            data.writeLong(value);
        }

        @Override
        public void bytes(byte[] value) throws IOException {
            data.write(value);
        }
    }
}
