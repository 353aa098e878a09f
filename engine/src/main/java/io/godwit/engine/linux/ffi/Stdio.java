package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** stdio.h, of which only the names of files are used. */
public final class Stdio {
    private static final MethodHandle RENAMEAT = CallState.link("renameat",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));

    private Stdio() {}

    /** renameat(2): 0 or -errno. */
    public static int renameat(int olddirfd, MemorySegment oldpath, int newdirfd, MemorySegment newpath) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) RENAMEAT.invokeExact(state, olddirfd, oldpath, newdirfd, newpath), state);
        } catch (Throwable t) {
            throw CallState.rethrow("renameat", t);
        }
    }
}
