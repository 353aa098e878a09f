package io.godwit.engine.guest;

import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.VmDescription;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The device state of a guest of this process: each device a FULL section, and a vmdesc that says what they are made of. */
final class DeviceSections implements DeviceState {
    private static final int RAM_SECTION = 1;

    private final List<Device> devices;
    private final List<VmDescription.Device> written = new ArrayList<>();

    DeviceSections(List<Device> devices) {
        this.devices = devices;
    }

    @Override
    public int ramSectionId() {
        return RAM_SECTION;
    }

    @Override
    public void writeSections(WireOutput out, RunState was) throws IOException {
        write(new GlobalState(was), out);
        for (Device device : devices) {
            if (device.isNeeded()) {
                write(device, out);
            }
        }
    }

    private void write(Device device, WireOutput out) throws IOException {
        var state = new DeviceStateWriter();
        device.save(state);
        int id = RAM_SECTION + 1 + written.size();
        out.u8(SectionType.FULL.code());
        new SectionHeader(id, device.name(), device.instanceId(), device.version()).write(out);
        out.bytes(state.body());
        SectionHeader.writeFooter(out, id);
        written.add(new VmDescription.Device(device.name(), device.instanceId(), device.version(), state.fields()));
    }

    @Override
    public void writeEnd(WireOutput out) throws IOException {
        out.u8(SectionType.EOF.code());
        new VmDescription(RamBlock.PAGE_SIZE, written).write(out);
    }
}
