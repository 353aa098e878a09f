package io.godwit.engine.localhost;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.ram.MemoryBlock;
import java.util.List;

/** Hand-over: the other side maps the same memory, so that none has to move. */
record MemfdsGiving(List<MemoryBlock> blocks) implements RamGiving {

    @Override
    public List<Fd> descriptors() {
        return blocks.stream().map(block -> block.memory().sharedMemory()).toList();
    }

    @Override
    public void descriptorsSent() {
        // They are the memory's own, and stay.
    }

    @Override
    public void give() {
        // The other side has had it from the beginning.
    }

    @Override
    public void takeBack(Link link) {
        // It has never left.
    }

    @Override
    public void close() {
        // Nothing of it is owned here.
    }
}
