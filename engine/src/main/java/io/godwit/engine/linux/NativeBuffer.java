package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.linux.ffi.CString;
import io.godwit.engine.linux.ffi.Mman;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns a page-aligned staging buffer outside the heap. Its memory is ordinary and always present, so Java may touch it. Any
 * thread may use it; closing it while a native call uses it throws and leaves it open.
 */
public final class NativeBuffer implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final long LARGE = 64 << 10;
    static final long ZERO_PAGE = Arena.global().allocate(PAGE, PAGE).address();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    /** Reads as zero. The memory of a large one is taken as it is used: none is cleared or faulted in here. */
    public NativeBuffer(long bytes) {
        segment = bytes < LARGE ? arena.allocate(bytes, PAGE) : mapped(bytes);
    }

    @SuppressWarnings("restricted") // exactly what was mapped, for as long as the arena lives
    private MemorySegment mapped(long bytes) {
        long address = Mman.mmap(0, bytes, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1,
                0);
        if (address < 0) {
            throw new OutOfMemoryError(bytes + " bytes for a buffer: errno " + -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, _ -> Mman.munmap(address, bytes));
    }

    public MemorySegment segment() {
        return segment;
    }

    public long byteSize() {
        return segment.byteSize();
    }

    /** Whether the 4096 bytes at {@code offset} of a staging buffer are all zero: most that are not show it at their ends. */
    public static boolean isZeroPage(MemorySegment staging, long offset) {
        return staging.get(JAVA_LONG_UNALIGNED, offset) == 0
                && staging.get(JAVA_LONG_UNALIGNED, offset + PAGE - Long.BYTES) == 0
                && CString.memcmp(NativeRange.address(staging, offset, PAGE), ZERO_PAGE, PAGE) == 0;
    }

    /** Whether the {@code length} bytes of two native buffers are equal. */
    public static boolean equal(MemorySegment one, long offset, MemorySegment other, long otherOffset, long length) {
        return CString.memcmp(NativeRange.address(one, offset, length),
                NativeRange.address(other, otherOffset, length), length) == 0;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
