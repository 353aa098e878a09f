package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** sys/uio.h. */
public final class Uio {
    /** {@code struct iovec}. */
    public static final StructLayout IOVEC = MemoryLayout.structLayout(JAVA_LONG.withName("iov_base"),
            JAVA_LONG.withName("iov_len"));
    /** Most elements that one call takes. */
    public static final int UIO_MAXIOV = 1024;
    /** vmsplice(2): do not wait for room in the pipe. */
    public static final int SPLICE_F_NONBLOCK = 2;
    /** vmsplice(2): the pages are the kernel's from now on, and the caller does not write to them any more. */
    public static final int SPLICE_F_GIFT = 8;

    private static final FunctionDescriptor VECTOR = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READV = CallState.link("readv", VECTOR);
    private static final MethodHandle WRITEV = CallState.link("writev", VECTOR);
    private static final MethodHandle VMSPLICE = CallState.link("vmsplice",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private Uio() {}

    /** readv(2): bytes, 0 at the end, or -errno. {@code iov} is the address of {@code iovcnt} elements. */
    public static long readv(int fd, long iov, int iovcnt) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) READV.invokeExact(state, fd, iov, iovcnt), state);
        } catch (Throwable t) {
            throw CallState.rethrow("readv", t);
        }
    }

    /** writev(2): bytes or -errno. */
    public static long writev(int fd, long iov, int iovcnt) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) WRITEV.invokeExact(state, fd, iov, iovcnt), state);
        } catch (Throwable t) {
            throw CallState.rethrow("writev", t);
        }
    }

    /** vmsplice(2) into a pipe's writing end, or out of its reading end (0 where that has ended): bytes or -errno. {@code iov} is the address of {@code nr_segs} elements. */
    public static long vmsplice(int fd, long iov, long nr_segs, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) VMSPLICE.invokeExact(state, fd, iov, nr_segs, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("vmsplice", t);
        }
    }
}
