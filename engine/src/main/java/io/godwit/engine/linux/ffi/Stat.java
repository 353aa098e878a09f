package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** sys/stat.h, with statx(2) instead of fstat: its struct is the same on every architecture. */
public final class Stat {
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int STATX_TYPE = 1;
    public static final int STATX_SIZE = 0x200;
    public static final int STATX_BASIC_STATS = 0x7ff;
    public static final int S_IFMT = 0xf000;
    public static final int S_IFIFO = 0x1000;
    public static final int S_IFCHR = 0x2000;
    public static final int S_IFDIR = 0x4000;
    public static final int S_IFBLK = 0x6000;
    public static final int S_IFREG = 0x8000;
    public static final int S_IFSOCK = 0xc000;

    /** {@code struct statx} of linux/stat.h, as far as it is read. */
    public static final StructLayout STATX = MemoryLayout.structLayout(JAVA_INT.withName("stx_mask"),
            JAVA_INT.withName("stx_blksize"), JAVA_LONG.withName("stx_attributes"), JAVA_INT.withName("stx_nlink"),
            JAVA_INT.withName("stx_uid"), JAVA_INT.withName("stx_gid"), JAVA_SHORT.withName("stx_mode"),
            MemoryLayout.paddingLayout(2), JAVA_LONG.withName("stx_ino"), JAVA_LONG.withName("stx_size"),
            JAVA_LONG.withName("stx_blocks"), MemoryLayout.paddingLayout(80), JAVA_INT.withName("stx_dev_major"),
            JAVA_INT.withName("stx_dev_minor"), MemoryLayout.paddingLayout(112));
    private static final VarHandle STX_UID = field("stx_uid");
    private static final VarHandle STX_GID = field("stx_gid");
    private static final VarHandle STX_MODE = field("stx_mode");
    private static final VarHandle STX_INO = field("stx_ino");
    private static final VarHandle STX_SIZE = field("stx_size");
    private static final VarHandle STX_BLOCKS = field("stx_blocks");
    private static final VarHandle STX_DEV_MAJOR = field("stx_dev_major");
    private static final VarHandle STX_DEV_MINOR = field("stx_dev_minor");

    private static final MethodHandle STATX_CALL = CallState.link("statx",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FCHMOD = CallState.link("fchmod",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CHMOD = CallState.link("chmod",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private Stat() {}

    private static VarHandle field(String name) {
        return STATX.varHandle(MemoryLayout.PathElement.groupElement(name));
    }

    /** statx(2): 0 or -errno. */
    public static int statx(int dirfd, MemorySegment pathname, int flags, int mask, MemorySegment statxbuf) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) STATX_CALL.invokeExact(state, dirfd, pathname, flags, mask, statxbuf), state);
        } catch (Throwable t) {
            throw CallState.rethrow("statx", t);
        }
    }

    /** fchmod(2): 0 or -errno. */
    public static int fchmod(int fd, int mode) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FCHMOD.invokeExact(state, fd, mode), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fchmod", t);
        }
    }

    /** chmod(2): 0 or -errno. */
    public static int chmod(MemorySegment pathname, int mode) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) CHMOD.invokeExact(state, pathname, mode), state);
        } catch (Throwable t) {
            throw CallState.rethrow("chmod", t);
        }
    }

    /** {@code statx.stx_mode}: type and permissions. */
    public static int stx_mode(MemorySegment statx) {
        return Short.toUnsignedInt((short) STX_MODE.get(statx, 0L));
    }

    /** {@code statx.stx_size}, bytes. */
    public static long stx_size(MemorySegment statx) {
        return (long) STX_SIZE.get(statx, 0L);
    }

    /** {@code statx.stx_blocks}: of 512 bytes each. */
    public static long stx_blocks(MemorySegment statx) {
        return (long) STX_BLOCKS.get(statx, 0L);
    }

    /** {@code statx.stx_uid}: the owner. */
    public static int stx_uid(MemorySegment statx) {
        return (int) STX_UID.get(statx, 0L);
    }

    /** {@code statx.stx_gid}: the owning group. */
    public static int stx_gid(MemorySegment statx) {
        return (int) STX_GID.get(statx, 0L);
    }

    /** {@code statx.stx_ino}: which file of its device. */
    public static long stx_ino(MemorySegment statx) {
        return (long) STX_INO.get(statx, 0L);
    }

    /** {@code statx.stx_dev_major} and {@code stx_dev_minor}, in the upper and the lower half. */
    public static long stx_dev(MemorySegment statx) {
        return (long) (int) STX_DEV_MAJOR.get(statx, 0L) << 32
                | Integer.toUnsignedLong((int) STX_DEV_MINOR.get(statx, 0L));
    }
}
