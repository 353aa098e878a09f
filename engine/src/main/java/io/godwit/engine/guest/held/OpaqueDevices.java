package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;

/** Device state as it arrived, byte for byte: what the guest was is in it, not in what it is here. */
record OpaqueDevices(int ramSectionId, DeviceTail tail) implements DeviceState {

    @Override
    public void writeSections(WireOutput out, RunState was) throws IOException {
        tail.writeSections(out);
    }

    @Override
    public void writeEnd(WireOutput out) throws IOException {
        tail.writeEnd(out);
    }
}
