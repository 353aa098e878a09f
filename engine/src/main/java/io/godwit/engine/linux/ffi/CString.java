package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * string.h. Pointers are plain addresses: guest memory has no segment outside its owner, and a slice per page would be an
 * allocation per page. Nothing here checks them; the callers do.
 */
public final class CString {
    private static final MethodHandle MEMCPY = CallState.linkPlain("memcpy",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MEMSET = CallState.linkPlain("memset",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MEMCMP = CallState.linkPlain("memcmp",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private CString() {}

    /** memcpy(3). */
    public static void memcpy(long dest, long src, long n) {
        try {
            long ignored = (long) MEMCPY.invokeExact(dest, src, n);
        } catch (Throwable t) {
            throw CallState.rethrow("memcpy", t);
        }
    }

    /** memset(3). */
    public static void memset(long s, int c, long n) {
        try {
            long ignored = (long) MEMSET.invokeExact(s, c, n);
        } catch (Throwable t) {
            throw CallState.rethrow("memset", t);
        }
    }

    /** memcmp(3): 0 when equal. */
    public static int memcmp(long s1, long s2, long n) {
        try {
            return (int) MEMCMP.invokeExact(s1, s2, n);
        } catch (Throwable t) {
            throw CallState.rethrow("memcmp", t);
        }
    }
}
