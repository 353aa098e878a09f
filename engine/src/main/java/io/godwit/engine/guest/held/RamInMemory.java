package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** RAM in this process's memory, which takes no more of it than the pages that are not zero. */
final class RamInMemory implements HeldRam {
    private final List<MemoryBlock> blocks = new ArrayList<>();

    RamInMemory(List<RamBlockEntry> entries) throws IOException {
        try {
            for (RamBlockEntry entry : entries) {
                blocks.add(new MemoryBlock(entry.name(), Mapping.anonymous(entry.lengthBytes())));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public List<MemoryBlock> blocks() {
        return blocks;
    }

    @Override
    public void finish(DeviceState devices) {
        // It is here.
    }

    @Override
    public void close() {
        blocks.forEach(MemoryBlock::close);
    }
}
