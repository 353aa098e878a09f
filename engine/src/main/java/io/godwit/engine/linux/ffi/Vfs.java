package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** sys/vfs.h. */
public final class Vfs {
    /** Of linux/magic.h. */
    public static final long HUGETLBFS_MAGIC = 0x958458f6L;

    /** {@code struct statfs} of x86-64, as far as it is read. */
    public static final StructLayout STATFS = MemoryLayout.structLayout(JAVA_LONG.withName("f_type"),
            JAVA_LONG.withName("f_bsize"), MemoryLayout.paddingLayout(104));
    private static final VarHandle F_TYPE = STATFS.varHandle(MemoryLayout.PathElement.groupElement("f_type"));
    private static final VarHandle F_BSIZE = STATFS.varHandle(MemoryLayout.PathElement.groupElement("f_bsize"));

    private static final MethodHandle FSTATFS = CallState.link("fstatfs",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

    private Vfs() {}

    /** fstatfs(2): 0 or -errno. */
    public static int fstatfs(int fd, MemorySegment buf) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) FSTATFS.invokeExact(state, fd, buf), state);
        } catch (Throwable t) {
            throw CallState.rethrow("fstatfs", t);
        }
    }

    /** {@code statfs.f_type}: a magic number. */
    public static long f_type(MemorySegment statfs) {
        return (long) F_TYPE.get(statfs, 0L);
    }

    /** {@code statfs.f_bsize}, bytes: of hugetlbfs, a page's. */
    public static long f_bsize(MemorySegment statfs) {
        return (long) F_BSIZE.get(statfs, 0L);
    }
}
