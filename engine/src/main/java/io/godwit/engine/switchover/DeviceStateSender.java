package io.godwit.engine.switchover;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.Device;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.VmDescription;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Sends each device as a FULL section and keeps what the vmdesc will say about it. */
final class DeviceStateSender {
    private final StreamOutput out;
    private final List<VmDescription.Device> sent = new ArrayList<>();
    private int nextSectionId;

    /** @param firstSectionId for the first device; the others count up */
    DeviceStateSender(StreamOutput out, int firstSectionId) {
        this.out = out;
        nextSectionId = firstSectionId;
    }

    void send(Device device) throws IOException {
        var state = new DeviceStateWriter();
        device.save(state);
        int id = nextSectionId++;
        out.u8(SectionType.FULL.code());
        new SectionHeader(id, device.name(), device.instanceId(), device.version()).write(out);
        out.bytes(state.body());
        SectionHeader.writeFooter(out, id);
        sent.add(new VmDescription.Device(device.name(), device.instanceId(), device.version(), state.fields()));
    }

    VmDescription description() {
        return new VmDescription(RamBlock.PAGE_SIZE, sent);
    }
}
