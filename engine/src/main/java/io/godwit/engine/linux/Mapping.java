package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.CString;
import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.Mman;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Owns one mapping of guest memory (and, when shared, a descriptor of its memfd). Memory is touched by native calls only,
 * which may wait for a page without stopping the JVM; no segment of it ever leaves this class. Offsets are bytes from its
 * start. Any thread may call, and no call allocates. Before closing, stop whatever uses it: a native call that is under
 * way then meets no memory.
 */
public final class Mapping implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final long HUGE_PAGE = 2L << 20;
    private static final String NAME = "godwit-ram";
    private static final int READ_WRITE = Mman.PROT_READ | Mman.PROT_WRITE;
    private static final int ANONYMOUS = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE;

    private final long address;
    private final long bytes;
    private volatile Backing backing;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Mapping(long address, long bytes, Backing backing) {
        this.address = address;
        this.bytes = bytes;
        this.backing = backing;
    }

    /**
     * Private zero memory of {@code bytes}, a multiple of 4096; nothing is allocated before it is touched. Starts on a
     * huge page's boundary and asks for huge pages: a fresh 4 KiB page costs eight times as much per byte.
     */
    public static Mapping anonymous(long bytes) throws IOException {
        Backing.checkSize(bytes, PAGE);
        long reserved = bytes + HUGE_PAGE;
        long start = Mman.mmap(0, reserved, READ_WRITE, ANONYMOUS, -1, 0);
        ErrnoException.check(start, "map " + bytes + " bytes of anonymous memory");
        long aligned = (start + HUGE_PAGE - 1) & -HUGE_PAGE;
        unmap(start, aligned - start);
        unmap(aligned + bytes, start + reserved - aligned - bytes);
        Mapping mapping = new Mapping(aligned, bytes, Backing.ANONYMOUS);
        mapping.setHugePages(true);
        return mapping;
    }

    /**
     * The first {@code bytes} of a memfd, shared with whoever else maps it; whole pages of its. Keeps a duplicate of
     * {@code memfd}, which is lent. One of huge pages has as many set aside as it may come to need, or fails.
     */
    public static Mapping shared(Fd memfd, long bytes) throws IOException {
        Backing backing = Backing.of(memfd, bytes);
        long start = Mman.mmap(0, bytes, READ_WRITE, Mman.MAP_SHARED, backing.number(), 0);
        if (start < 0) {
            backing.close();
            throw new ErrnoException("map " + bytes + " bytes of " + memfd, start);
        }
        return new Mapping(start, bytes, backing);
    }

    /**
     * Lets go of what it holds and maps the first bytes of {@code memfd} instead, as {@link #shared} does, at the same
     * addresses: a KVM memory slot over them stays valid. Nobody may be using the memory. When it fails, it holds what it did.
     */
    public void replaceBy(Fd memfd) throws IOException {
        Backing next = Backing.of(memfd, bytes);
        try {
            remap(next);
        } catch (IOException | RuntimeException e) {
            next.close();
            throw e;
        }
    }

    /** As {@link #replaceBy}, by new memory, all zero, of the kind that it has: a memfd that others map stays theirs as it is. */
    public void renew() throws IOException {
        Backing last = backing;
        if (last.memfd() == null) {
            remap(Backing.ANONYMOUS);
            setHugePages(true);
            return;
        }
        try (Fd fresh = last.pageBytes() > PAGE ? MemFd.createHuge(NAME, bytes) : MemFd.create(NAME, bytes)) {
            replaceBy(fresh);
        }
    }

    private void remap(Backing next) throws IOException {
        Backing last = backing;
        int flags = Mman.MAP_FIXED | (next.memfd() == null ? ANONYMOUS : Mman.MAP_SHARED);
        ErrnoException.check(Mman.mmap(at(0, bytes), bytes, READ_WRITE, flags, next.number(), 0),
                "map " + bytes + " bytes in place of others");
        backing = next;
        last.close();
    }

    private static void unmap(long address, long length) {
        if (length > 0) {
            Mman.munmap(address, length);
        }
    }

    public long byteSize() {
        return bytes;
    }

    /**
     * Bytes of the pages that back it, as the kernel allocates, discards, protects and reports them: 4096 (also where it
     * puts transparent huge pages together), or those of a memfd's huge pages, 2 MiB.
     */
    public long pageSize() {
        return backing.pageBytes();
    }

    /** Whether it maps a memfd. */
    public boolean isShared() {
        return backing.memfd() != null;
    }

    /** The memfd under it, lent; null for anonymous memory. */
    @Nullable
    Fd memfd() {
        return backing.memfd();
    }

    /**
     * The memfd under it, to be sent to another process; lent.
     *
     * @throws IllegalStateException when it is not {@linkplain #isShared() shared}
     */
    public Fd sharedMemory() {
        Fd memfd = backing.memfd();
        if (memfd == null) {
            throw new IllegalStateException("anonymous memory has no descriptor");
        }
        return memfd;
    }

    /** Copies guest memory into {@code target}, a native buffer. */
    public void copyTo(long offset, MemorySegment target, long targetOffset, long length) {
        CString.memcpy(NativeRange.address(target, targetOffset, length), at(offset, length), length);
    }

    /** Copies {@code source}, a native buffer, into guest memory. */
    public void copyFrom(long offset, MemorySegment source, long sourceOffset, long length) {
        CString.memcpy(at(offset, length), NativeRange.address(source, sourceOffset, length), length);
    }

    /** Writes zeros. */
    public void zero(long offset, long length) {
        CString.memset(at(offset, length), 0, length);
    }

    /** Whether all bytes are zero at the moment they are looked at. Makes untouched pages present: huge ones with memory of their own. */
    public boolean isZero(long offset, long length) {
        long start = at(offset, length);
        for (long done = 0; done < length; done += PAGE) {
            if (CString.memcmp(start + done, NativeBuffer.ZERO_PAGE, Math.min(PAGE, length - done)) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Where the run of zero pages ends that begins at {@code offset}, at {@code limit} at the latest; {@code offset} itself when
     * the page there is not zero. All three are multiples of 4096, whatever {@link #pageSize} is. Each page is looked at
     * once, at its own moment, and made present as by {@link #isZero}. A zero page takes as long as its memory does, some 130
     * ns; longer comparisons than a page's are no faster, as their zeros fall out of the nearest cache.
     */
    public long zeroRunEnd(long offset, long limit) {
        return runEnd(offset, limit, true);
    }

    /** As {@link #zeroRunEnd}, of pages that are not zero: some 20 ns each when that shows at once, as it mostly does. */
    public long dataRunEnd(long offset, long limit) {
        return runEnd(offset, limit, false);
    }

    private long runEnd(long offset, long limit, boolean zero) {
        long start = at(offset, limit - offset);
        if (offset % PAGE != 0 || limit % PAGE != 0) {
            throw new IllegalArgumentException("run from " + offset + " to " + limit + ": not whole pages");
        }
        long done = 0;
        while (done < limit - offset && (CString.memcmp(start + done, NativeBuffer.ZERO_PAGE, PAGE) == 0) == zero) {
            done += PAGE;
        }
        return offset + done;
    }

    /** Whether the bytes equal those of {@code other}, a native buffer. */
    public boolean contentEquals(long offset, MemorySegment other, long otherOffset, long length) {
        return CString.memcmp(at(offset, length), NativeRange.address(other, otherOffset, length), length) == 0;
    }

    /** The digests of whole pages, as {@link Digest#ofPages} gives those of a buffer. */
    public void digestPages(long offset, long length, MemorySegment digests, long digestsAt) {
        long start = at(offset, length);
        if (offset % PAGE != 0 || length % PAGE != 0) {
            throw new IllegalArgumentException("digest " + length + " bytes at " + offset + ": not whole pages");
        }
        Digest.ofPages(start, length, digests, digestsAt);
    }

    /** Reads exactly {@code length} bytes from a blocking descriptor straight into guest memory. */
    public void readFrom(Fd source, long offset, long length) throws IOException {
        long start = at(offset, length);
        for (long done = 0; done < length;) {
            long count = source.readInto(start + done, length - done);
            if (count == 0) {
                throw new EOFException("read from " + source + ": ended after " + done + " of " + length + " bytes");
            }
            done += blocking(count, source);
        }
    }

    /** Writes exactly {@code length} bytes of guest memory to a blocking descriptor. */
    public void writeTo(Fd target, long offset, long length) throws IOException {
        long start = at(offset, length);
        for (long done = 0; done < length;) {
            done += blocking(target.writeFrom(start + done, length - done), target);
        }
    }

    /** One pread(2) into guest memory: bytes read, 0 at the end of the file. */
    public long preadFrom(Fd source, long fileOffset, long offset, long length) throws IOException {
        return source.preadInto(at(offset, length), length, fileOffset);
    }

    /** One pwrite(2) of guest memory: bytes written. */
    public long pwriteTo(Fd target, long fileOffset, long offset, long length) throws IOException {
        return target.pwriteFrom(at(offset, length), length, fileOffset);
    }

    private static long blocking(long count, Fd fd) {
        if (count == Fd.WOULD_BLOCK) {
            throw new IllegalStateException("guest memory moves by blocking descriptors only, not " + fd);
        }
        return count;
    }

    /**
     * Gives the memory of whole pages, of {@link #pageSize} each, back; they read as zero afterwards. In a memfd, for everyone
     * who maps it. As many huge pages stay set aside as are given back, or it fails.
     */
    public void discard(long offset, long length) throws IOException {
        long start = at(offset, length);
        long pageBytes = backing.pageBytes();
        Fd memfd = backing.memfd();
        if (offset % pageBytes != 0 || length % pageBytes != 0) {
            throw new IllegalArgumentException(
                    "discard " + length + " bytes at " + offset + ": not whole pages of " + pageBytes);
        }
        int result = memfd == null
                ? Mman.madvise(start, length, Mman.MADV_DONTNEED)
                : Fcntl.fallocate(memfd.number(), Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE, offset,
                        length);
        ErrnoException.check(result, "discard " + length + " bytes at " + offset);
        if (memfd != null && pageBytes > PAGE && length > 0) {
            HugePages.reserve(memfd, pageBytes, offset, length); // the hole took that of its pages along
        }
    }

    /** Makes pages present and writable, contents unchanged, as a write to each would. */
    public void populate(long offset, long length) throws IOException {
        ErrnoException.check(Mman.madvise(at(offset, length), length, Mman.MADV_POPULATE_WRITE),
                "populate " + length + " bytes at " + offset);
    }

    /** Whether the kernel should back it by huge pages where it can. Without effect where it has none, and on a memfd of huge pages. */
    public void setHugePages(boolean on) {
        int result = Mman.madvise(at(0, bytes), bytes, on ? Mman.MADV_HUGEPAGE : Mman.MADV_NOHUGEPAGE);
        if (result != 0 && Errno.ofResult(result) != Errno.EINVAL) { // EINVAL: a kernel built without them
            throw new IllegalStateException("advise huge pages: " + Errno.ofResult(result).text());
        }
    }

    /** For a KVM memory slot and for the ranges that the kernel reports or is told of; never to be dereferenced in Java. */
    public long hostAddress() {
        return at(0, bytes);
    }

    /** The address of a range that lies within, of a mapping that is still open. */
    long at(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, bytes);
        if (closed.get()) {
            throw new IllegalStateException("mapping is closed");
        }
        return address + offset;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Mman.munmap(address, bytes);
            backing.close();
        }
    }
}
