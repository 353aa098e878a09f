package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Stat;

/** What a descriptor refers to. */
public enum FileKind {
    REGULAR,
    DIRECTORY,
    SOCKET,
    FIFO,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    /** A file of no type, as eventfd and userfaultfd are. */
    ANONYMOUS_INODE;

    static FileKind ofMode(int mode) {
        return switch (mode & Stat.S_IFMT) {
            case Stat.S_IFREG -> REGULAR;
            case Stat.S_IFDIR -> DIRECTORY;
            case Stat.S_IFSOCK -> SOCKET;
            case Stat.S_IFIFO -> FIFO;
            case Stat.S_IFCHR -> CHARACTER_DEVICE;
            case Stat.S_IFBLK -> BLOCK_DEVICE;
            case 0 -> ANONYMOUS_INODE;
            default -> throw new IllegalStateException("file mode 0" + Integer.toOctalString(mode));
        };
    }
}
