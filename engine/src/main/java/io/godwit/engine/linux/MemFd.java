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
        Fd fd = Fd.adopt(create(name));
        try {
            fd.truncate(bytes);
            int seals = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
            ErrnoException.check(Fcntl.fcntl(fd.number(), Fcntl.F_ADD_SEALS, seals), "seal memfd '" + name + "'");
            return fd;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static int create(String name) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return ErrnoException.check(
                    Mman.memfd_create(arena.allocateFrom(name), Mman.MFD_CLOEXEC | Mman.MFD_ALLOW_SEALING),
                    "create memfd '" + name + "'");
        }
    }

    /** Whether the size of {@code fd}, a memfd from elsewhere, can no longer change. */
    public static boolean isSizeSealed(Fd fd) throws IOException {
        int sealed = ErrnoException.check(Fcntl.fcntl(fd.number(), Fcntl.F_GET_SEALS, 0), "get seals of " + fd);
        int wanted = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW;
        return (sealed & wanted) == wanted;
    }
}
