package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Fcntl;
import java.util.Set;

/** How {@link Fd#open} opens a file. Every descriptor is close-on-exec without being asked. */
public enum OpenFlag {
    READ(0),
    WRITE(0),
    CREATE(Fcntl.O_CREAT),
    /** With CREATE: fail when the file is there. */
    EXCLUSIVE(Fcntl.O_EXCL),
    TRUNCATE(Fcntl.O_TRUNC),
    APPEND(Fcntl.O_APPEND),
    /** O_DIRECT: past the page cache; offsets, lengths and addresses must be aligned. */
    DIRECT(Fcntl.O_DIRECT),
    NON_BLOCKING(Fcntl.O_NONBLOCK),
    /** ELOOP when the last part of the path is a symbolic link. */
    NO_FOLLOW(Fcntl.O_NOFOLLOW),
    /** ENOTDIR when it is no directory. */
    DIRECTORY(Fcntl.O_DIRECTORY),
    /** O_PATH: a place in the file tree, whose file is not opened: to ask what it is, or to name what lies below it. */
    PATH(Fcntl.O_PATH);

    private final int bits;

    OpenFlag(int bits) {
        this.bits = bits;
    }

    /** As open(2) takes them. */
    static int bits(Set<OpenFlag> flags) {
        int bits = Fcntl.O_CLOEXEC;
        for (OpenFlag flag : flags) {
            bits |= flag.bits;
        }
        if (flags.contains(WRITE)) {
            bits |= flags.contains(READ) ? Fcntl.O_RDWR : Fcntl.O_WRONLY;
        }
        return bits;
    }
}
