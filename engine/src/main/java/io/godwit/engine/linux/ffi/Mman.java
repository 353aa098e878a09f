package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** sys/mman.h. */
public final class Mman {
    public static final int PROT_NONE = 0;
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MADV_DONTNEED = 4;
    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_NOHUGEPAGE = 15;
    public static final int MADV_POPULATE_WRITE = 23;
    public static final int MFD_CLOEXEC = 1;
    public static final int MFD_ALLOW_SEALING = 2;
    public static final int MFD_HUGETLB = 4;
    public static final int MFD_HUGE_2MB = 21 << 26;

    private static final MethodHandle MMAP = CallState.link("mmap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = CallState.link("munmap",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE = CallState.link("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MEMFD_CREATE = CallState.link("memfd_create",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private Mman() {}

    /** mmap(2): the address (user addresses are positive) or -errno. */
    public static long mmap(long addr, long length, int prot, int flags, int fd, long offset) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) MMAP.invokeExact(state, addr, length, prot, flags, fd, offset), state);
        } catch (Throwable t) {
            throw CallState.rethrow("mmap", t);
        }
    }

    /** munmap(2): 0 or -errno. */
    public static int munmap(long addr, long length) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) MUNMAP.invokeExact(state, addr, length), state);
        } catch (Throwable t) {
            throw CallState.rethrow("munmap", t);
        }
    }

    /** madvise(2): 0 or -errno. */
    public static int madvise(long addr, long length, int advice) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) MADVISE.invokeExact(state, addr, length, advice), state);
        } catch (Throwable t) {
            throw CallState.rethrow("madvise", t);
        }
    }

    /** memfd_create(2): a new descriptor or -errno. */
    public static int memfd_create(MemorySegment name, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) MEMFD_CREATE.invokeExact(state, name, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("memfd_create", t);
        }
    }
}
