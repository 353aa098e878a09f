package io.godwit.engine.linux.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * How every raw class links a libc function and learns its errno. Each thread has a capture segment of its own: one shared
 * by two threads was seen to give the wrong errno. The segment is native, because the linker refuses a heap one.
 */
final class CallState {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> SEGMENT = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    private CallState() {}

    /** This thread's capture segment: the leading argument of every handle from {@link #link}. */
    static MemorySegment ofThread() {
        return SEGMENT.get();
    }

    /** The result, or {@code -errno} when it is -1. */
    static int result(int result, MemorySegment state) {
        return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }

    /** The result, or {@code -errno} when it is -1. */
    static long result(long result, MemorySegment state) {
        return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }

    /** A handle whose first argument is {@link #ofThread()}. Keep it {@code static final}: only then is a call cheap. */
    @SuppressWarnings("restricted") // The signature is the header's; a wrong one would crash the JVM, and its test.
    static MethodHandle link(String name, FunctionDescriptor signature, Linker.Option... options) {
        var all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 1, options.length);
        all[0] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LIBC.findOrThrow(name), signature, all);
    }

    /** A handle for a function that sets no errno, such as memcpy. */
    @SuppressWarnings("restricted") // As above.
    static MethodHandle linkPlain(String name, FunctionDescriptor signature) {
        return LINKER.downcallHandle(LIBC.findOrThrow(name), signature);
    }

    /** Where a libc function is. */
    static long address(String name) {
        return LIBC.findOrThrow(name).address();
    }

    /** What a raw method does with a Throwable of {@code invokeExact}: a caller's bug is shown as what it is. */
    static RuntimeException rethrow(String function, Throwable thrown) {
        if (thrown instanceof RuntimeException bug) {
            throw bug; // a closed arena, a wrong thread
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        throw new AssertionError(function, thrown);
    }
}
