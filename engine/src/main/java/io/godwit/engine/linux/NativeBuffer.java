package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.linux.ffi.CString;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns a page-aligned staging buffer outside the heap. Its memory is ordinary and always present, so Java may touch it. Any
 * thread may use it; closing it while a native call uses it throws and leaves it open.
 */
public final class NativeBuffer implements AutoCloseable {
    private static final int PAGE = 4096;
    static final long ZERO_PAGE = Arena.global().allocate(PAGE, PAGE).address();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    public NativeBuffer(long bytes) {
        segment = arena.allocate(bytes, PAGE);
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
