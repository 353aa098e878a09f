package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.FileH;
import io.godwit.engine.linux.ffi.Stat;
import io.godwit.engine.linux.ffi.Uio;
import io.godwit.engine.linux.ffi.Unistd;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Owns one open file descriptor. Any thread may use it; before closing it, stop those that do: the kernel may give its
 * number to the next file at once. Everything but {@link #close} throws {@link IllegalStateException} after the close.
 */
public final class Fd implements AutoCloseable {
    /** What {@link #read} and {@link #write} return when a non-blocking descriptor has nothing to give or take. */
    public static final long WOULD_BLOCK = -1;

    /** What {@link #nextData} and {@link #nextHole} return when there is no more. */
    public static final long NONE = -1;

    private static final int CLOSED = -1;
    /** Direct I/O wants its buffers aligned. */
    private static final long PAGE = 4096;
    private static final long COPY_BYTES = 1 << 18;
    private static final Set<Errno> NO_WRITEBACK = EnumSet.of(Errno.ESPIPE, Errno.EINVAL, Errno.ENOSYS);
    private static final Set<Errno> NO_KERNEL_COPY = EnumSet.of(Errno.EXDEV, Errno.EINVAL, Errno.EOPNOTSUPP,
            Errno.ENOSYS);
    private static final long INTERRUPTED = Errno.EINTR.result();
    private static final long AGAIN = Errno.EAGAIN.result();
    private static final VarHandle NUMBER;

    static {
        try {
            NUMBER = MethodHandles.lookup().findVarHandle(Fd.class, "number", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int number;

    private Fd(int number) {
        this.number = number;
    }

    /** Takes ownership of an open descriptor. */
    public static Fd adopt(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("fd " + number);
        }
        return new Fd(number);
    }

    /** open(2), close-on-exec; {@code mode} are the permissions of a file that is created, the umask applied. */
    public static Fd open(Path path, Set<OpenFlag> flags, int mode) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Fcntl.open(arena.allocateFrom(path.toString()), OpenFlag.bits(flags), mode);
            if (result < 0) {
                throw new ErrnoException("open '" + path + "'", result);
            }
            return adopt(result);
        }
    }

    /** What it leads to, as /proc says, for a person: a file's path at this moment. */
    public String target() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd/" + number())).toString();
    }

    /** The number, lent: it stays this object's to close. */
    public int number() {
        int open = number;
        if (open == CLOSED) {
            throw new IllegalStateException("fd is closed");
        }
        return open;
    }

    public boolean isOpen() {
        return number != CLOSED;
    }

    /** A second descriptor of the same open file: offset, flags and all are shared. The caller owns it. */
    public Fd duplicate() throws ErrnoException {
        return adopt(fcntl(Fcntl.F_DUPFD_CLOEXEC, 0, "duplicate"));
    }

    /**
     * The same file opened once more: an offset and flags of its own. Goes through /proc, and so needs the rights that
     * opening it by name would.
     */
    public Fd reopen(Set<OpenFlag> flags) throws ErrnoException {
        return open(Path.of("/proc/self/fd/" + number()), flags, 0);
    }

    public AccessMode accessMode() throws ErrnoException {
        int bits = statusFlags() & Fcntl.O_ACCMODE;
        return switch (bits) {
            case Fcntl.O_RDONLY -> AccessMode.READ_ONLY;
            case Fcntl.O_WRONLY -> AccessMode.WRITE_ONLY;
            case Fcntl.O_RDWR -> AccessMode.READ_WRITE;
            default -> throw new IllegalStateException("access mode " + bits);
        };
    }

    /** Whether O_DIRECT is set. */
    public boolean isDirect() throws ErrnoException {
        return (statusFlags() & Fcntl.O_DIRECT) != 0;
    }

    public boolean isNonBlocking() throws ErrnoException {
        return (statusFlags() & Fcntl.O_NONBLOCK) != 0;
    }

    /** Concerns the open file: a {@link #duplicate}, or the process that shares it, sees the change. */
    public void setNonBlocking(boolean on) throws ErrnoException {
        int flags = statusFlags();
        int wanted = on ? flags | Fcntl.O_NONBLOCK : flags & ~Fcntl.O_NONBLOCK;
        if (wanted != flags) {
            fcntl(Fcntl.F_SETFL, wanted, "set flags of");
        }
    }

    /** Whether a child process inherits it: for the descriptors an {@code exec:} channel hands on. */
    public void setCloseOnExec(boolean on) throws ErrnoException {
        fcntl(Fcntl.F_SETFD, on ? Fcntl.FD_CLOEXEC : 0, "set close-on-exec of");
    }

    public FileKind kind() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return FileKind.ofMode(Stat.stx_mode(statx(arena, Stat.STATX_TYPE)));
        }
    }

    public FileStatus status() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return FileStatus.of(statx(arena, Stat.STATX_BASIC_STATS));
        }
    }

    /** Bytes in a regular file. */
    public long size() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return Stat.stx_size(statx(arena, Stat.STATX_SIZE));
        }
    }

    /** Bytes of storage or memory that a regular file takes, its holes not counted. */
    public long allocatedBytes() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return Stat.stx_blocks(statx(arena, Stat.STATX_BASIC_STATS)) * 512;
        }
    }

    /**
     * read(2) into native memory: the bytes read, 0 at the end, or {@link #WOULD_BLOCK}. May be fewer than
     * {@code length}. Repeated on EINTR.
     */
    public long read(MemorySegment buffer, long offset, long length) throws ErrnoException {
        return readInto(NativeRange.address(buffer, offset, length), length);
    }

    /** write(2) from native memory: the bytes written or {@link #WOULD_BLOCK}. Otherwise as {@link #read}. */
    public long write(MemorySegment buffer, long offset, long length) throws ErrnoException {
        return writeFrom(NativeRange.address(buffer, offset, length), length);
    }

    /** write(2) until all is written; the descriptor must be blocking. */
    public void writeFully(MemorySegment buffer, long offset, long length) throws ErrnoException {
        for (long done = 0; done < length;) {
            long written = write(buffer, offset + done, length - done);
            if (written == WOULD_BLOCK) {
                throw new IllegalStateException("write fully to non-blocking fd " + number);
            }
            done += written;
        }
    }

    /** pread(2): the bytes read, 0 at the end. The file's own offset does not move. */
    public long pread(MemorySegment buffer, long offset, long length, long fileOffset) throws ErrnoException {
        return preadInto(NativeRange.address(buffer, offset, length), length, fileOffset);
    }

    /** pwrite(2): the bytes written. The file's own offset does not move. */
    public long pwrite(MemorySegment buffer, long offset, long length, long fileOffset) throws ErrnoException {
        return pwriteFrom(NativeRange.address(buffer, offset, length), length, fileOffset);
    }

    /** pwrite(2) until all is written. */
    public void pwriteFully(MemorySegment buffer, long offset, long length, long fileOffset) throws ErrnoException {
        for (long done = 0; done < length;) {
            done += pwrite(buffer, offset + done, length - done, fileOffset + done);
        }
    }

    /** pread(2) until all is read; an {@link EOFException} says where the file ends instead. */
    public void preadFully(MemorySegment buffer, long offset, long length, long fileOffset) throws IOException {
        for (long done = 0; done < length;) {
            long got = pread(buffer, offset + done, length - done, fileOffset + done);
            if (got == 0) {
                throw new EOFException("the file ends at byte %d, %d bytes too early".formatted(fileOffset + done,
                        length - done));
            }
            done += got;
        }
    }

    /** Moves the file's offset to {@code position} bytes from its start. */
    public void seek(long position) throws ErrnoException {
        result(Unistd.lseek(number(), position, Unistd.SEEK_SET), "seek in");
    }

    /** The file's offset; ESPIPE when it has none, as a socket. */
    public long position() throws ErrnoException {
        return result(Unistd.lseek(number(), 0, Unistd.SEEK_CUR), "tell position of");
    }

    /** Makes a file {@code length} bytes long: what is added is a hole. */
    public void truncate(long length) throws ErrnoException {
        result(Unistd.ftruncate(number(), length), "truncate");
    }

    /** fsync(2). */
    public void sync() throws ErrnoException {
        result(Unistd.fsync(number()), "sync");
    }

    /** fdatasync(2): as {@link #sync}, but for the file's times. */
    public void dataSync() throws ErrnoException {
        result(Unistd.fdatasync(number()), "sync data of");
    }

    /**
     * Has the kernel start to write out what the page cache holds of a range, and does not wait for it; {@code length} 0: up
     * to the end. Promises nothing, so a file that knows no such thing is none the worse.
     */
    public void startWriteback(long offset, long length) throws ErrnoException {
        int result = Fcntl.sync_file_range(number(), offset, length, Fcntl.SYNC_FILE_RANGE_WRITE);
        if (result < 0 && !NO_WRITEBACK.contains(Errno.ofResult(result))) {
            throw new ErrnoException("start writeback of " + this, result);
        }
    }

    /** Has the kernel start to read a range into the page cache. Promises nothing, so a file that knows no such thing is none the worse. */
    public void startReading(long offset, long length) throws ErrnoException {
        long result = Fcntl.readahead(number(), offset, length);
        if (result < 0 && Errno.ofResult(result) != Errno.EINVAL) {
            throw new ErrnoException("start reading of " + this, result);
        }
    }

    /**
     * Gives a range's blocks back to the file system: it reads as zero, and the file stays as long as it is. False, and
     * nothing is changed, where the file system cannot.
     */
    public boolean punchHole(long offset, long length) throws ErrnoException {
        int mode = Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE;
        int result;
        do {
            result = Fcntl.fallocate(number(), mode, offset, length);
        } while (result == INTERRUPTED);
        if (result == Errno.EOPNOTSUPP.result()) {
            return false;
        }
        result(result, "punch a hole into");
        return true;
    }

    /**
     * Copies {@code length} bytes at {@code from} to those at {@code to} of another file, or fewer where this one ends:
     * the bytes copied, 0 at the end. Within the kernel where both file systems can, else through memory. The files'
     * own offsets do not move; holes may or may not become zeros. Within one file the ranges must not overlap.
     */
    public long copyRange(Fd target, long from, long to, long length) throws ErrnoException {
        Objects.checkFromIndexSize(from, length, Long.MAX_VALUE);
        Objects.checkFromIndexSize(to, length, Long.MAX_VALUE);
        try (Arena arena = Arena.ofConfined()) {
            long done = copyInKernel(target, arena.allocateFrom(JAVA_LONG, from), arena.allocateFrom(JAVA_LONG, to),
                    length);
            // Some file systems say that there is nothing where there is something: a read knows.
            return done == length ? done : done + copyByHand(target, from + done, to + done, length - done, arena);
        }
    }

    /** How much it copied before the end, or before what the kernel cannot copy. */
    private long copyInKernel(Fd target, MemorySegment from, MemorySegment to, long length) throws ErrnoException {
        for (long done = 0; done < length;) {
            long result = Unistd.copy_file_range(number(), from, target.number(), to, length - done, 0);
            if (result == 0 || (result < 0 && NO_KERNEL_COPY.contains(Errno.ofResult(result)))) {
                return done;
            }
            if (result != INTERRUPTED) {
                done += result(result, "copy to " + target + " from");
            }
        }
        return length;
    }

    private long copyByHand(Fd target, long from, long to, long length, Arena arena) throws ErrnoException {
        MemorySegment piece = arena.allocate(Math.min(length, COPY_BYTES), PAGE);
        for (long done = 0; done < length;) {
            long got = pread(piece, 0, Math.min(length - done, piece.byteSize()), from + done);
            if (got == 0) {
                return done;
            }
            for (long put = 0; put < got;) {
                put += target.pwrite(piece, put, got - put, to + done + put);
            }
            done += got;
        }
        return length;
    }

    /** Where at or after {@code offset} the file has data, or {@link #NONE}. Moves the file's offset. */
    public long nextData(long offset) throws ErrnoException {
        return seekTo(offset, Unistd.SEEK_DATA, "find data in");
    }

    /**
     * Where at or after {@code offset} the file has a hole, or {@link #NONE} when {@code offset} is not within it: its end
     * counts as one. Moves the file's offset.
     */
    public long nextHole(long offset) throws ErrnoException {
        return seekTo(offset, Unistd.SEEK_HOLE, "find hole in");
    }

    private long seekTo(long offset, int whence, String operation) throws ErrnoException {
        long result = Unistd.lseek(number(), offset, whence);
        return result == Errno.ENXIO.result() ? NONE : result(result, operation);
    }

    /**
     * Takes the file's one exclusive lock (flock(2)), if nobody has it. It belongs to the open file: another descriptor of
     * the same path is refused, in this process too; the last duplicate's close gives it up, and so does the process's
     * death.
     */
    public boolean tryLock() throws ErrnoException {
        int result = FileH.flock(number(), FileH.LOCK_EX | FileH.LOCK_NB);
        if (result == AGAIN) {
            return false;
        }
        result(result, "lock");
        return true;
    }

    /** fchmod(2): {@code permissions} as they are, no umask. */
    public void setPermissions(int permissions) throws ErrnoException {
        result(Stat.fchmod(number(), permissions), "set permissions of");
    }

    /** fchown(2), which takes rights that few processes have: {@link Errno#EPERM}. */
    public void setOwner(int owner, int group) throws ErrnoException {
        result(Unistd.fchown(number(), owner, group), "set owner of");
    }

    /** The error of close(2) is not reported: nothing can be done about it; {@link #sync} tells of lost writes. */
    @Override
    public void close() {
        int open = (int) NUMBER.getAndSet(this, CLOSED);
        if (open != CLOSED) {
            Unistd.close(open);
        }
    }

    @Override
    public String toString() {
        int open = number;
        return open == CLOSED ? "closed fd" : "fd " + open;
    }

    /** As {@link #read}, to an address the caller has checked. */
    long readInto(long address, long length) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Unistd.read(fd, address, length);
            if (result != INTERRUPTED) {
                return transferred(result, "read from");
            }
        }
    }

    /** As {@link #write}, from an address the caller has checked. */
    long writeFrom(long address, long length) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Unistd.write(fd, address, length);
            if (result != INTERRUPTED) {
                return transferred(result, "write to");
            }
        }
    }

    /** One readv(2): as {@link #read}. */
    long readInto(IoVector pieces) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Uio.readv(fd, pieces.address(), pieces.count());
            if (result != INTERRUPTED) {
                return transferred(result, "read from");
            }
        }
    }

    /** One writev(2): as {@link #write}. */
    long writeFrom(IoVector pieces) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Uio.writev(fd, pieces.address(), pieces.count());
            if (result != INTERRUPTED) {
                return transferred(result, "write to");
            }
        }
    }

    /** One vmsplice(2) of pieces that are given away; never waits for room in the pipe. */
    long spliceFrom(IoVector pieces) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Uio.vmsplice(fd, pieces.address(), pieces.count(), Uio.SPLICE_F_GIFT | Uio.SPLICE_F_NONBLOCK);
            if (result != INTERRUPTED) {
                return transferred(result, "splice memory into");
            }
        }
    }

    /** One vmsplice(2) out of a pipe, whose reading end this is; never waits for something to be in it. */
    long spliceInto(IoVector pieces) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Uio.vmsplice(fd, pieces.address(), pieces.count(), Uio.SPLICE_F_NONBLOCK);
            if (result != INTERRUPTED) {
                return transferred(result, "splice memory out of");
            }
        }
    }

    long preadInto(long address, long length, long fileOffset) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Unistd.pread(fd, address, length, fileOffset);
            if (result != INTERRUPTED) {
                return result(result, "read from");
            }
        }
    }

    long pwriteFrom(long address, long length, long fileOffset) throws ErrnoException {
        int fd = number();
        while (true) {
            long result = Unistd.pwrite(fd, address, length, fileOffset);
            if (result != INTERRUPTED) {
                return result(result, "write to");
            }
        }
    }

    private long transferred(long result, String operation) throws ErrnoException {
        return result == AGAIN ? WOULD_BLOCK : result(result, operation);
    }

    private long result(long result, String operation) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(operation + " " + this, result);
        }
        return result;
    }

    private int statusFlags() throws ErrnoException {
        return fcntl(Fcntl.F_GETFL, 0, "get flags of");
    }

    private int fcntl(int command, long argument, String operation) throws ErrnoException {
        return (int) result(Fcntl.fcntl(number(), command, argument), operation);
    }

    private MemorySegment statx(Arena arena, int mask) throws ErrnoException {
        MemorySegment statx = arena.allocate(Stat.STATX);
        result(Stat.statx(number(), arena.allocateFrom(""), Stat.AT_EMPTY_PATH, mask, statx), "stat");
        return statx;
    }
}
