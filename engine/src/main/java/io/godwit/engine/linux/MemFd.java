package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.Mman;
import java.io.IOException;
import java.lang.foreign.Arena;

/** Makes memfds: files in memory that two processes can map. */
public final class MemFd {

    private MemFd() {}

    /**
     * A new memfd of {@code bytes}, all hole, sealed against any change of its size: whoever maps it cannot be made to meet
     * SIGBUS. {@code name} shows in /proc, at most 249 bytes. The caller owns it.
     */
    public static Fd create(String name, long bytes) throws IOException {
        Fd fd = create(name, 0);
        try {
            setSize(fd, name, bytes);
            return fd;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * As {@link #create}, of huge pages: {@code bytes} is a multiple of 2 MiB. Sets aside as many of the host's as it will ever
     * need; says how many are free when that are too few.
     */
    public static Fd createHuge(String name, long bytes) throws IOException {
        if (bytes <= 0 || bytes % HugePages.BYTES != 0) {
            throw new IllegalArgumentException("memfd '" + name + "' of " + bytes + " bytes: not whole pages of 2 MiB");
        }
        Fd fd = create(name, Mman.MFD_HUGETLB | Mman.MFD_HUGE_2MB);
        try {
            setSize(fd, name, bytes);
            HugePages.reserve(fd, HugePages.BYTES, 0, bytes);
            return fd;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** An empty one that grows and shrinks as a file on a disk does, not to be mapped. The caller owns it. */
    public static Fd createFile(String name) throws IOException {
        return create(name, 0);
    }

    private static Fd create(String name, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int all = Mman.MFD_CLOEXEC | Mman.MFD_ALLOW_SEALING | flags;
            return Fd.adopt(ErrnoException.check(Mman.memfd_create(arena.allocateFrom(name), all),
                    "create memfd '" + name + "'"));
        }
    }

    private static void setSize(Fd fd, String name, long bytes) throws ErrnoException {
        fd.truncate(bytes);
        int seals = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
        ErrnoException.check(Fcntl.fcntl(fd.number(), Fcntl.F_ADD_SEALS, seals), "seal memfd '" + name + "'");
    }

    /** Whether the size of {@code fd}, a memfd from elsewhere, can no longer change. */
    public static boolean isSizeSealed(Fd fd) throws IOException {
        int sealed = ErrnoException.check(Fcntl.fcntl(fd.number(), Fcntl.F_GET_SEALS, 0), "get seals of " + fd);
        int wanted = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
        return (sealed & wanted) == wanted;
    }
}
