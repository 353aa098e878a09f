package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.mappedram.MappedRamFile;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;

/** RAM that is a mapped-ram file. */
record RamInFile(MappedRamFile file) implements HeldRam {

    @Override
    public List<? extends RamBlock> blocks() {
        return file.blocks();
    }

    @Override
    public void finish(DeviceState devices) throws IOException {
        file.finish(devices);
    }

    @Override
    public void close() {
        file.close();
    }
}
