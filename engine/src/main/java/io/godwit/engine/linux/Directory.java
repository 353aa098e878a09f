package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.Stat;
import io.godwit.engine.linux.ffi.Stdio;
import io.godwit.engine.linux.ffi.Unistd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.Set;

/**
 * Owns a directory's place in the file tree, in which names are opened, compared, changed and made durable. It stays that
 * directory when its path comes to mean another. Names are single ones, without a slash. Any thread may call.
 */
public final class Directory implements AutoCloseable {
    static {
        try {
            // Now, and not when a guest stands still until its file has its name.
            MethodHandles.lookup().ensureInitialized(Stdio.class);
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Path path;
    private final Fd fd;

    private Directory(Path path, Fd fd) {
        this.path = path;
        this.fd = fd;
    }

    /** Follows symbolic links. Does not take the right to list the directory. */
    public static Directory open(Path path) throws ErrnoException {
        return new Directory(path, Fd.open(path, Set.of(OpenFlag.PATH, OpenFlag.DIRECTORY), 0));
    }

    /** As {@link Fd#open}, of a name in this directory. */
    public Fd open(String name, Set<OpenFlag> flags, int mode) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Fcntl.openat(fd.number(), arena.allocateFrom(name), OpenFlag.bits(flags), mode);
            return Fd.adopt(ErrnoException.check(result, "open " + text(name)));
        }
    }

    /** Whether {@code name} is there and means this very file. A symbolic link means itself. */
    public boolean names(String name, Fd file) throws ErrnoException {
        FileStatus status = file.status();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(Stat.STATX);
            int result = Stat.statx(fd.number(), arena.allocateFrom(name), Stat.AT_SYMLINK_NOFOLLOW,
                    Stat.STATX_BASIC_STATS, statx);
            if (result == Errno.ENOENT.result()) {
                return false;
            }
            ErrnoException.check(result, "stat " + text(name));
            return Stat.stx_dev(statx) == status.device() && Stat.stx_ino(statx) == status.inode();
        }
    }

    /** In one step: who looks for {@code to} finds the file it was or the file it becomes. */
    public void rename(String from, String to) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Stdio.renameat(fd.number(), arena.allocateFrom(from), fd.number(), arena.allocateFrom(to));
            ErrnoException.check(result, "rename " + text(from) + " to '" + to + "'");
        }
    }

    /** Removes the name of what is no directory. */
    public void remove(String name) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            ErrnoException.check(Unistd.unlinkat(fd.number(), arena.allocateFrom(name), 0), "remove " + text(name));
        }
    }

    /** Has the names as they are now survive a power failure. This does take the right to list the directory. */
    public void sync() throws ErrnoException {
        try (Fd opened = open(".", Set.of(OpenFlag.READ, OpenFlag.DIRECTORY), 0)) {
            opened.sync();
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    private String text(String name) {
        return "'" + path.resolve(name) + "'";
    }
}
