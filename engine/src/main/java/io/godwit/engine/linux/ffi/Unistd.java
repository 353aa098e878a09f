package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** unistd.h. Buffers are plain addresses, because guest memory is read and written through them. */
public final class Unistd {
    public static final int SEEK_SET = 0;
    public static final int SEEK_CUR = 1;
    public static final int SEEK_END = 2;
    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;

    public static final long SYS_gettid = 186;
    public static final long SYS_tgkill = 234;

    private static final FunctionDescriptor READ_OR_WRITE = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG,
            JAVA_LONG);
    private static final FunctionDescriptor AT_OFFSET = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG,
            JAVA_LONG);
    private static final FunctionDescriptor ON_FD = FunctionDescriptor.of(JAVA_INT, JAVA_INT);

    private static final MethodHandle READ = CallState.link("read", READ_OR_WRITE);
    private static final MethodHandle WRITE = CallState.link("write", READ_OR_WRITE);
    private static final MethodHandle PREAD = CallState.link("pread", AT_OFFSET);
    private static final MethodHandle PWRITE = CallState.link("pwrite", AT_OFFSET);
    private static final MethodHandle CLOSE = CallState.link("close", ON_FD);
    private static final MethodHandle LSEEK = CallState.link("lseek",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle FTRUNCATE = CallState.link("ftruncate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FSYNC = CallState.link("fsync", ON_FD);
    private static final MethodHandle FDATASYNC = CallState.link("fdatasync", ON_FD);
    private static final MethodHandle FCHOWN = CallState.link("fchown",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle UNLINKAT = CallState.link("unlinkat",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle COPY_FILE_RANGE = CallState.link("copy_file_range",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PIPE2 = CallState.link("pipe2",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SYSCALL = CallState.link("syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));

    private Unistd() {}

    /** read(2): bytes, 0 at the end, or -errno. */
    public static long read(int fd, long buf, long count) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) READ.invokeExact(state, fd, buf, count), state);
        } catch (Throwable t) {
            throw CallState.rethrow("read", t);
        }
    }

    /** write(2): bytes or -errno. */
    public static long write(int fd, long buf, long count) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) WRITE.invokeExact(state, fd, buf, count), state);
        } catch (Throwable t) {
            throw CallState.rethrow("write", t);
        }
    }

    /** pread(2): bytes, 0 at the end, or -errno. */
    public static long pread(int fd, long buf, long count, long offset) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) PREAD.invokeExact(state, fd, buf, count, offset), state);
        } catch (Throwable t) {
            throw CallState.rethrow("pread", t);
        }
    }

    /** pwrite(2): bytes or -errno. */
    public static long pwrite(int fd, long buf, long count, long offset) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) PWRITE.invokeExact(state, fd, buf, count, offset), state);
        } catch (Throwable t) {
            throw CallState.rethrow("pwrite", t);
        }
    }

    /** close(2): 0 or -errno. Never to be repeated, not even on EINTR: the number is free already. */
    public static int close(int fd) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw CallState.rethrow("close", t);
        }
    }

    /** lseek(2): the new offset or -errno. */
    public static long lseek(int fd, long offset, int whence) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
        } catch (Throwable t) {
            throw CallState.rethrow("lseek", t);
        }
    }

    /** ftruncate(2): 0 or -errno. */
    public static int ftruncate(int fd, long length) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FTRUNCATE.invokeExact(state, fd, length), state);
        } catch (Throwable t) {
            throw CallState.rethrow("ftruncate", t);
        }
    }

    /** fsync(2): 0 or -errno. */
    public static int fsync(int fd) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FSYNC.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fsync", t);
        }
    }

    /** fdatasync(2): 0 or -errno. */
    public static int fdatasync(int fd) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FDATASYNC.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fdatasync", t);
        }
    }

    /** fchown(2): 0 or -errno. */
    public static int fchown(int fd, int owner, int group) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FCHOWN.invokeExact(state, fd, owner, group), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fchown", t);
        }
    }

    /** unlinkat(2): 0 or -errno. */
    public static int unlinkat(int dirfd, MemorySegment pathname, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) UNLINKAT.invokeExact(state, dirfd, pathname, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("unlinkat", t);
        }
    }

    /** copy_file_range(2): bytes, 0 at the end, or -errno; the offsets are {@code long}s in memory and move along. */
    public static long copy_file_range(int fdIn, MemorySegment offIn, int fdOut, MemorySegment offOut, long len,
            int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result(
                    (long) COPY_FILE_RANGE.invokeExact(state, fdIn, offIn, fdOut, offOut, len, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("copy_file_range", t);
        }
    }

    /** pipe2(2): 0 or -errno; {@code pipefd} is {@code int[2]}, the reading end first. */
    public static int pipe2(MemorySegment pipefd, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) PIPE2.invokeExact(state, pipefd, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("pipe2", t);
        }
    }

    /** syscall(2) for what libc does not wrap: the result or -errno. */
    public static long syscall(long number, long first, long second, long third) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) SYSCALL.invokeExact(state, number, first, second, third), state);
        } catch (Throwable t) {
            throw CallState.rethrow("syscall", t);
        }
    }
}
