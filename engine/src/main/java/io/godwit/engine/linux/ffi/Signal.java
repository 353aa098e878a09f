package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** signal.h. */
public final class Signal {
    /** {@code struct sigaction} of glibc on x86-64. */
    public static final StructLayout SIGACTION = MemoryLayout.structLayout(JAVA_LONG.withName("sa_handler"),
            MemoryLayout.sequenceLayout(16, JAVA_LONG).withName("sa_mask"), JAVA_INT.withName("sa_flags"),
            MemoryLayout.paddingLayout(4), JAVA_LONG.withName("sa_restorer"));

    private static final MethodHandle SIGACTION_CALL = CallState.link("sigaction",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));

    private Signal() {}

    /** sigaction(2): 0 or -errno. */
    public static int sigaction(int signum, MemorySegment act, MemorySegment oldact) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SIGACTION_CALL.invokeExact(state, signum, act, oldact), state);
        } catch (Throwable t) {
            throw CallState.rethrow("sigaction", t);
        }
    }

    /** Where abs(3) is: an int goes in, an int comes out, nothing else happens, so it can stand as a signal's handler. */
    public static long addressOfAbs() {
        return CallState.address("abs");
    }
}
