package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** sys/eventfd.h. */
public final class Eventfd {
    public static final int EFD_NONBLOCK = 0x800;
    public static final int EFD_CLOEXEC = 0x80000;

    private static final MethodHandle EVENTFD = CallState.link("eventfd",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private Eventfd() {}

    /** eventfd(2): a new descriptor or -errno. */
    public static int eventfd(int initval, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) EVENTFD.invokeExact(state, initval, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("eventfd", t);
        }
    }
}
