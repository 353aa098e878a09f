package io.godwit.engine.postcopy;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.switchover.ReturnPath;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.WireOutput;
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
        var content = new PackageOutput(); // in the heap: it is device state, some 100 KiB of it
        new StreamCommand.PostcopyListen().write(content);
        devices.writeSections(content, was);
        new StreamCommand.Ping(ReturnPath.PING_ABOUT_TO_RUN).write(content);
        new StreamCommand.PostcopyRun().write(content);
        return new DevicePackage(content.toByteArray());
    }

    void write(WireOutput out) throws IOException {
        new StreamCommand.Packaged(bytes.length).write(out);
        out.bytes(bytes);
    }
}
