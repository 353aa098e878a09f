package io.godwit.engine.linux;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Turns a piece of a caller's buffer into an address that a system call may be given. */
final class NativeRange {

    private NativeRange() {}

    /**
     * The address of {@code length} bytes at {@code offset}, which lie within {@code buffer}. Valid while the caller holds
     * the buffer's arena open, which it does for as long as it is in the call that this is for.
     */
    static long address(MemorySegment buffer, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, buffer.byteSize());
        if (!buffer.isNative()) {
            throw new IllegalArgumentException("a heap buffer has no address");
        }
        if (!buffer.scope().isAlive()) {
            throw new IllegalStateException("buffer's arena is closed");
        }
        return buffer.address() + offset;
    }
}
