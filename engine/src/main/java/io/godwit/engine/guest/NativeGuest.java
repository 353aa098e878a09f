package io.godwit.engine.guest;

import io.godwit.engine.ram.MemoryBlock;
import java.util.List;

/** A guest that runs in this process: its RAM is memory here, and its devices are known one by one. */
public interface NativeGuest extends Guest {

    @Override
    List<MemoryBlock> ram();

    /** The device state in the order in which it is saved and must be loaded. Touch only while paused. */
    List<Device> devices();

    @Override
    default DeviceState deviceState() {
        return new DeviceSections(devices());
    }

    @Override
    default Arrival arrival() {
        return new NativeArrival(this);
    }
}
