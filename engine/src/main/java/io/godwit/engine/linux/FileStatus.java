package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Stat;
import java.lang.foreign.MemorySegment;

/**
 * What statx(2) says of a file at one moment.
 *
 * @param permissions the lower twelve bits of its mode
 * @param owner its user's number
 * @param group its group's number
 * @param device the file system's number, which is good for comparisons only
 * @param inode the file's number in that file system; it may be another file's when this one is gone
 */
public record FileStatus(FileKind kind, int permissions, int owner, int group, long device, long inode) {
    private static final int PERMISSIONS = 07777;

    static FileStatus of(MemorySegment statx) {
        int mode = Stat.stx_mode(statx);
        return new FileStatus(FileKind.ofMode(mode), mode & PERMISSIONS, Stat.stx_uid(statx), Stat.stx_gid(statx),
                Stat.stx_dev(statx), Stat.stx_ino(statx));
    }

    /** Whether both tell of one file. Certain only while something keeps it open. */
    public boolean isSameFile(FileStatus other) {
        return device == other.device && inode == other.inode;
    }
}
