package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.ram.RamBlock;
import java.util.List;

/** RAM of a guest that was saved before, read where it is. It belongs to somebody else. */
record RamInPlace(List<? extends RamBlock> blocks) implements HeldRam {

    @Override
    public void finish(DeviceState devices) {
        throw new IllegalStateException("it came whole");
    }

    @Override
    public void close() {
        // It is somebody else's.
    }
}
