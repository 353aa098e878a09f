package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.HeldGuestInfo;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.DeviceTail;
import java.io.IOException;
import java.util.ArrayList;

/** A guest that has arrived whole. Whoever drops it closes its RAM. */
record Contents(Configuration configuration, int ramSectionId, HeldRam ram, DeviceTail tail) {

    DeviceState devices() {
        return new OpaqueDevices(ramSectionId, tail);
    }

    HeldGuestInfo info() throws IOException {
        var blocks = new ArrayList<HeldGuestInfo.Block>();
        for (RamBlock block : ram.blocks()) {
            var touched = new PageBitmap(block.pages());
            block.addTouched(touched);
            blocks.add(new HeldGuestInfo.Block(block.name(), block.byteSize(), touched.cardinality()));
        }
        var sections = tail.sections().stream().map(section -> new HeldGuestInfo.DeviceSection(section.name(),
                section.instanceId(), section.version(), section.bodyBytes())).toList();
        return new HeldGuestInfo(configuration.machineType(), configuration.uuid(), tail.runState(), blocks, sections);
    }
}
