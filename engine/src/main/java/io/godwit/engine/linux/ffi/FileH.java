package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** sys/file.h. */
public final class FileH {
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;

    private static final MethodHandle FLOCK = CallState.link("flock",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private FileH() {}

    /** flock(2): 0 or -errno. */
    public static int flock(int fd, int operation) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FLOCK.invokeExact(state, fd, operation), state);
        } catch (Throwable t) {
            throw CallState.rethrow("flock", t);
        }
    }
}
