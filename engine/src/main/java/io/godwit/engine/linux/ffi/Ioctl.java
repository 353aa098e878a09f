package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * sys/ioctl.h, and the request numbers of asm-generic/ioctl.h:
 *
 * <pre>
 * 31 30 29            16 15           8 7            0
 * [dir][      size      ][    type    ][     nr      ]
 * </pre>
 */
public final class Ioctl {
    private static final MethodHandle IOCTL_NUMBER = CallState.link("ioctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle IOCTL_POINTER = CallState.link("ioctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));

    private static final int NONE = 0;
    private static final int WRITE = 1;
    private static final int READ = 2;

    private Ioctl() {}

    /** ioctl(2) with a number, or an address that outlives the call, as its argument: the result or -errno. */
    public static int ioctl(int fd, long request, long argument) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) IOCTL_NUMBER.invokeExact(state, fd, request, argument), state);
        } catch (Throwable t) {
            throw CallState.rethrow("ioctl", t);
        }
    }

    /** ioctl(2) with a pointer as its argument: the result or -errno. */
    public static int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) IOCTL_POINTER.invokeExact(state, fd, request, argument), state);
        } catch (Throwable t) {
            throw CallState.rethrow("ioctl", t);
        }
    }

    /** A request without a struct. */
    public static long _IO(int type, int nr) {
        return number(NONE, type, nr, 0);
    }

    /** A request whose struct of {@code size} bytes the kernel fills. */
    public static long _IOR(int type, int nr, long size) {
        return number(READ, type, nr, size);
    }

    /** A request whose struct of {@code size} bytes the kernel reads. */
    public static long _IOW(int type, int nr, long size) {
        return number(WRITE, type, nr, size);
    }

    /** A request whose struct of {@code size} bytes goes both ways. */
    public static long _IOWR(int type, int nr, long size) {
        return number(READ | WRITE, type, nr, size);
    }

    private static long number(int direction, int type, int nr, long size) {
        if (type >>> 8 != 0 || nr >>> 8 != 0 || size >>> 14 != 0) {
            throw new IllegalArgumentException("ioctl type " + type + ", nr " + nr + ", size " + size);
        }
        return (long) direction << 30 | size << 16 | (long) type << 8 | nr;
    }
}
