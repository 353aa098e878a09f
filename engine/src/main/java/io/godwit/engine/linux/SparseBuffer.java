package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Mman;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns zero memory outside the heap that takes room only where it is written: for what may be large and is mostly unused. It
 * is ordinary memory, so Java may touch it. Any thread may use it.
 */
public final class SparseBuffer implements AutoCloseable {
    private final Arena arena;
    private final MemorySegment segment;

    private SparseBuffer(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * One of {@code bytes}, at least 1.
     *
     * @throws IOException when the kernel has no room for it among the process's addresses
     */
    public static SparseBuffer of(long bytes) throws IOException {
        long address = Mman.mmap(0, bytes, Mman.PROT_READ | Mman.PROT_WRITE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0);
        ErrnoException.check(address, "map " + bytes + " bytes of memory");
        return owning(address, bytes);
    }

    @SuppressWarnings("restricted") // The address and size are those of a mapping that nobody else knows.
    private static SparseBuffer owning(long address, long bytes) {
        Arena arena = Arena.ofShared();
        return new SparseBuffer(arena, MemorySegment.ofAddress(address).reinterpret(bytes, arena,
                memory -> Mman.munmap(memory.address(), memory.byteSize())));
    }

    /** Starts on a page's boundary. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
