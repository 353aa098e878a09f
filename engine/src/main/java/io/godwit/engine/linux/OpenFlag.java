package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Fcntl;

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
    NON_BLOCKING(Fcntl.O_NONBLOCK);

    final int bits;

    OpenFlag(int bits) {
        this.bits = bits;
    }
}
