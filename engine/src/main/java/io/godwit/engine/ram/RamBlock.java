package io.godwit.engine.ram;

import io.godwit.engine.linux.Mapping;

/**
 * A named, contiguous piece of guest RAM. Owns its mapping. Offsets are bytes from the block's start. Guest memory is
 * reached through {@link #memory()} by native calls only and changes under every reader while the guest runs.
 */
public final class RamBlock implements AutoCloseable {
    /** Bytes in a target page of x86, the unit of dirty tracking and of the stream. */
    public static final int PAGE_SIZE = 4096;

    private final String name;
    private final Mapping memory;

    /** Takes ownership of {@code memory}, whose size is a multiple of {@link #PAGE_SIZE}. */
    public RamBlock(String name, Mapping memory) {
        if (memory.byteSize() % PAGE_SIZE != 0) {
            throw new IllegalArgumentException(name + ": " + memory.byteSize() + " bytes are not whole pages");
        }
        this.name = name;
        this.memory = memory;
    }

    public String name() {
        return name;
    }

    public long byteSize() {
        return memory.byteSize();
    }

    public long pages() {
        return memory.byteSize() / PAGE_SIZE;
    }

    public Mapping memory() {
        return memory;
    }

    @Override
    public void close() {
        memory.close();
    }
}
