package io.godwit.engine.seal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongConsumer;

/**
 * The digests of a file's pages, noted while the file is written, however often a page is: at the end those that nobody noted
 * are read back. A page that a guest changes between its digest and its write is dirty, and both come again. Several threads
 * may note different pages at once; {@link #finish} is for one, after them. Owns 8 bytes for each page that was noted, about.
 */
public final class Sealing implements AutoCloseable {
    private static final int PAGE = SealHeader.PAGE_BYTES;
    private static final int EXTENT_PAGES = SealHeader.EXTENT_PAGES;
    private static final int EXTENT = SealHeader.EXTENT_BYTES;
    /** Pages whose digests are in one piece of memory: those of 256 MiB. Whole extents. */
    private static final int CHUNK_PAGES = 1 << 16;
    /** No digest that was noted: one that comes out as this is read back, and comes out so again. */
    private static final long UNKNOWN = 0;

    private final long start;
    private final Arena arena = Arena.ofShared();
    private final AtomicReferenceArray<MemorySegment> chunks = new AtomicReferenceArray<>(
            (int) (SealHeader.MAX_END / PAGE / CHUNK_PAGES));

    /** @param start the first byte of the file that is to be sealed */
    public Sealing(long start) {
        this.start = start;
    }

    /** What {@code length} bytes at {@code offset} of a block are, which go to the byte {@code position} of the file; whole pages, both. */
    public void note(RamBlock block, long offset, long length, long position) throws IOException {
        for (long done = 0; done < length;) {
            long page = (position + done) / PAGE;
            if (isBeyond(page)) {
                return;
            }
            long part = Math.min(length - done, (CHUNK_PAGES - page % CHUNK_PAGES) * PAGE);
            block.digestPages(offset + done, part, chunk(page), page % CHUNK_PAGES * Long.BYTES);
            done += part;
        }
    }

    /** What {@code length} bytes of {@code buffer} are, which have gone to the byte {@code position} of the file, of whatever length. */
    public void note(MemorySegment buffer, long at, long length, long position) {
        long first = Math.ceilDiv(position, PAGE);
        long end = (position + length) / PAGE;
        forget(position, length);
        for (long page = first; page < end;) {
            if (isBeyond(page)) {
                return;
            }
            long count = Math.min(end - page, CHUNK_PAGES - page % CHUNK_PAGES);
            Digest.ofPages(buffer, at + page * PAGE - position, count * PAGE, chunk(page),
                    page % CHUNK_PAGES * Long.BYTES);
            page += count;
        }
    }

    /** What is at {@code position} of the file is no longer what was noted. */
    public void forget(long position, long length) {
        long end = Math.ceilDiv(position + length, PAGE);
        for (long page = position / PAGE; page < end && !isBeyond(page);) {
            long count = Math.min(end - page, CHUNK_PAGES - page % CHUNK_PAGES);
            MemorySegment chunk = chunks.get((int) (page / CHUNK_PAGES));
            if (chunk != null) {
                chunk.asSlice(page % CHUNK_PAGES * Long.BYTES, count * Long.BYTES).fill((byte) 0);
            }
            page += count;
        }
    }

    /** Of so long a file there will be no seal. */
    private static boolean isBeyond(long page) {
        return page >= SealHeader.MAX_END / PAGE;
    }

    /** The digests of the page's neighbours; made by whoever is first. */
    private MemorySegment chunk(long page) {
        int index = (int) (page / CHUNK_PAGES);
        MemorySegment chunk = chunks.get(index);
        if (chunk == null) {
            MemorySegment made = arena.allocate((long) CHUNK_PAGES * Long.BYTES, PAGE);
            chunk = chunks.compareAndSet(index, null, made) ? made : chunks.get(index);
        }
        return chunk;
    }

    /**
     * The seal of the file, which is as it shall be. The caller owns it.
     *
     * @param path the file's name, for the seal's messages
     * @param progress told how many bytes have been gone through
     */
    public Seal finish(Path path, Fd file, LongConsumer progress) throws IOException {
        long end = file.size();
        if (start >= end || end > SealHeader.MAX_END) {
            throw new IOException(
                    "%s: bytes %d to %d cannot be sealed, only some of the first %d".formatted(path, start,
                            end, SealHeader.MAX_END));
        }
        var header = new SealHeader(start, end);
        var digests = new NativeBuffer(header.extents() * Long.BYTES);
        try (var gaps = new Gaps(file, header)) {
            for (long i = 0; i < header.extents(); i++) {
                digests.segment().set(Seal.LITTLE_ENDIAN, i * Long.BYTES, gaps.digest(header.firstExtent() + i));
                progress.accept(Math.min(end, (header.firstExtent() + i + 1) * EXTENT) - start);
            }
            return new Seal(path, header, digests);
        } catch (IOException | RuntimeException e) {
            digests.close();
            throw e;
        }
    }

    /** Reads what was not noted. What the file system calls a hole is not read. */
    private final class Gaps implements AutoCloseable {
        private final Fd file;
        private final SealHeader header;
        private final Extents extent = new Extents(1);
        private final long zeroPage = Digest.ofZeroPage();
        private final long zeroExtent = zeroExtent();
        private final long[] noted = new long[EXTENT_PAGES];
        /** From the last place asked about up to here is a hole. */
        private long data;

        Gaps(Fd file, SealHeader header) {
            this.file = file;
            this.header = header;
        }

        private long zeroExtent() {
            for (int i = 0; i < EXTENT_PAGES; i++) {
                extent.pageDigests().set(JAVA_LONG, (long) i * Long.BYTES, zeroPage);
            }
            return extent.digestOfPages();
        }

        /** The digest of an extent. */
        long digest(long number) throws IOException {
            long first = number * EXTENT_PAGES;
            MemorySegment chunk = chunks.get((int) (first / CHUNK_PAGES));
            if (chunk == null) {
                return read(number) ? digestOfRead() : zeroExtent;
            }
            long at = first % CHUNK_PAGES * Long.BYTES;
            MemorySegment.copy(chunk, JAVA_LONG, at, noted, 0, EXTENT_PAGES);
            return isNoted() ? Digest.of(chunk, at, (long) EXTENT_PAGES * Long.BYTES) : digestOfSome(number);
        }

        private boolean isNoted() {
            for (long digest : noted) {
                if (digest == UNKNOWN) {
                    return false;
                }
            }
            return true;
        }

        private long digestOfRead() {
            Digest.ofPages(extent.data(), 0, EXTENT, extent.pageDigests(), 0);
            return extent.digestOfPages();
        }

        /** Of an extent of which some pages were noted, or none. */
        private long digestOfSome(long number) throws IOException {
            MemorySegment pages = extent.pageDigests();
            boolean read = read(number);
            for (int i = 0; i < EXTENT_PAGES; i++) {
                if (noted[i] == UNKNOWN && read) {
                    Digest.ofPages(extent.data(), (long) i * PAGE, PAGE, pages, (long) i * Long.BYTES);
                } else {
                    pages.set(JAVA_LONG, (long) i * Long.BYTES, noted[i] == UNKNOWN ? zeroPage : noted[i]);
                }
            }
            return extent.digestOfPages();
        }

        /** False for an extent that is all hole. */
        private boolean read(long number) throws IOException {
            long from = Math.max(header.start(), number * EXTENT);
            if (data < from) {
                long next = file.nextData(from);
                data = next == Fd.NONE ? Long.MAX_VALUE : next;
            }
            if (data >= (number + 1) * EXTENT) {
                return false;
            }
            extent.read(file, header, number, 1);
            return true;
        }

        @Override
        public void close() {
            extent.close();
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
