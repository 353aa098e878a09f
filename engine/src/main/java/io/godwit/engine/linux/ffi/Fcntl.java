package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** fcntl.h. */
public final class Fcntl {
    public static final int O_ACCMODE = 3;
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_APPEND = 0x400;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_DIRECT = 0x4000;
    public static final int O_DIRECTORY = 0x10000;
    public static final int O_NOFOLLOW = 0x20000;
    public static final int O_CLOEXEC = 0x80000;
    public static final int O_PATH = 0x200000;

    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int F_SETPIPE_SZ = 1031;
    public static final int F_GETPIPE_SZ = 1032;
    public static final int F_ADD_SEALS = 1033;
    public static final int F_GET_SEALS = 1034;
    public static final int FD_CLOEXEC = 1;

    public static final int F_SEAL_SEAL = 1;
    public static final int F_SEAL_SHRINK = 2;
    public static final int F_SEAL_GROW = 4;

    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;

    public static final int SYNC_FILE_RANGE_WRITE = 2;

    private static final MethodHandle OPEN = CallState.link("open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle OPENAT = CallState.link("openat",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(3));
    private static final MethodHandle FCNTL = CallState.link("fcntl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FALLOCATE = CallState.link("fallocate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle SYNC_FILE_RANGE = CallState.link("sync_file_range",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle READAHEAD = CallState.link("readahead",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private Fcntl() {}

    /** open(2): a new descriptor or -errno. */
    public static int open(MemorySegment pathname, int flags, int mode) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) OPEN.invokeExact(state, pathname, flags, mode), state);
        } catch (Throwable t) {
            throw CallState.rethrow("open", t);
        }
    }

    /** openat(2): a new descriptor or -errno. */
    public static int openat(int dirfd, MemorySegment pathname, int flags, int mode) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) OPENAT.invokeExact(state, dirfd, pathname, flags, mode), state);
        } catch (Throwable t) {
            throw CallState.rethrow("openat", t);
        }
    }

    /** fcntl(2) with a number as its argument: the result or -errno. */
    public static int fcntl(int fd, int cmd, long arg) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FCNTL.invokeExact(state, fd, cmd, arg), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fcntl", t);
        }
    }

    /** fallocate(2): 0 or -errno. */
    public static int fallocate(int fd, int mode, long offset, long len) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FALLOCATE.invokeExact(state, fd, mode, offset, len), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fallocate", t);
        }
    }

    /** readahead(2): 0 or -errno. */
    public static long readahead(int fd, long offset, long count) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) READAHEAD.invokeExact(state, fd, offset, count), state);
        } catch (Throwable t) {
            throw CallState.rethrow("readahead", t);
        }
    }

    /** sync_file_range(2): 0 or -errno. */
    public static int sync_file_range(int fd, long offset, long nbytes, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SYNC_FILE_RANGE.invokeExact(state, fd, offset, nbytes, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("sync_file_range", t);
        }
    }
}
