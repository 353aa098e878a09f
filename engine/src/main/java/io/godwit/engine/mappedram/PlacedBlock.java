package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.SealedReader;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * RAM that lies in a mapped-ram file, to be read from there: the bitmap says which pages are there, all others are zero.
 * File, bitmap and seal belong to whoever made it. Any thread.
 */
abstract class PlacedBlock implements RamBlock {
    private static final long DIGESTED_BYTES = 1 << 20;

    private final MappedRamLayout.Block place;
    private final Fd file;
    private final PageBitmap present;

    PlacedBlock(MappedRamLayout.Block place, Fd file, PageBitmap present) {
        this.place = place;
        this.file = file;
        this.present = present;
    }

    /** What the file has to be; null while it is not sealed. */
    abstract @Nullable Seal seal();

    final MappedRamLayout.Block place() {
        return place;
    }

    final PageBitmap present() {
        return present;
    }

    final Fd file() {
        return file;
    }

    /** Where in the file a byte of the block is. */
    final long inFile(long offset) {
        return place.header().pagesOffset() + offset;
    }

    @Override
    public String name() {
        return place.entry().name();
    }

    @Override
    public long byteSize() {
        return place.entry().lengthBytes();
    }

    @Override
    public void addTouched(PageBitmap into) {
        into.or(present);
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) throws IOException {
        Seal seal = seal();
        if (seal == null) {
            readPages(offset, target, at, length, file::preadFully);
            return;
        }
        try (var sealed = new SealedReader(seal, file, length)) {
            readPages(offset, target, at, length, sealed::readFully);
        }
    }

    /** Reads what is in the file: {@code length} bytes at {@code position}. */
    private interface FromFile {
        void read(MemorySegment target, long at, long length, long position) throws IOException;
    }

    private void readPages(long offset, MemorySegment target, long at, long length, FromFile source)
            throws IOException {
        long end = Math.ceilDiv(offset + length, PAGE_SIZE);
        for (long done = 0; done < length;) {
            long from = offset + done;
            long page = from / PAGE_SIZE;
            boolean data = present.get(page);
            long runEnd = data ? present.nextClear(page, end) : nextPresent(page, end);
            long part = Math.min(length - done, runEnd * PAGE_SIZE - from);
            if (data) {
                source.read(target, at + done, part, inFile(from));
            } else {
                target.asSlice(at + done, part).fill((byte) 0);
            }
            done += part;
        }
    }

    private long nextPresent(long page, long limit) {
        long next = present.nextSet(page, limit);
        return next < 0 ? limit : next;
    }

    private EOFException cutShort(long end) {
        return new EOFException("the file ends at byte %d, in the pages of block '%s', which end at byte %d"
                .formatted(end, name(), place.pagesEnd()));
    }

    @Override
    public PageReader reader() {
        Seal seal = seal();
        return seal == null ? new ReadAhead() : new Sealed(seal, byteSize());
    }

    @Override
    public PageReader readerOutOfTurn() {
        Seal seal = seal();
        return seal == null ? new OneByOne() : new Sealed(seal, PAGE_SIZE);
    }

    @Override
    public long zeroEnd(long offset, long limit) {
        return nextPresent(offset / PAGE_SIZE, limit / PAGE_SIZE) * PAGE_SIZE;
    }

    @Override
    public long dataEnd(long offset, long limit) {
        return present.nextClear(offset / PAGE_SIZE, limit / PAGE_SIZE) * PAGE_SIZE;
    }

    @Override
    public void saveTo(Fd target, long fileOffset, long offset, long length) throws IOException {
        Seal seal = seal();
        if (seal != null) {
            try (var sealed = new SealedReader(seal, file, length)) {
                sealed.verify(inFile(offset), length);
            }
        }
        long copied = file.copyRange(target, inFile(offset), fileOffset, length);
        if (copied < length) {
            throw cutShort(inFile(offset) + copied);
        }
    }

    @Override
    public void digestPages(long offset, long length, MemorySegment digests, long digestsAt) throws IOException {
        try (var buffer = new NativeBuffer(Math.min(length, DIGESTED_BYTES))) {
            for (long done = 0; done < length;) {
                long part = Math.min(length - done, buffer.byteSize());
                read(offset + done, buffer.segment(), 0, part);
                Digest.ofPages(buffer.segment(), 0, part, digests, digestsAt + done / PAGE_SIZE * Long.BYTES);
                done += part;
            }
        }
    }

    @Override
    public void close() {
        // What the blocks share belongs to their file.
    }

    /** Fetches a run of pages by one system call and gives them out one by one. The file no longer changes. */
    private final class ReadAhead implements PageReader {
        private static final int PAGES = 256;
        /** The disk works while pages go out. */
        private static final long DISTANCE = 4 << 20;

        // No more than the block has: there may be thousands of blocks, but of no more RAM than was allowed.
        private final NativeBuffer buffer = new NativeBuffer(Math.min(PAGES, pages()) * PAGE_SIZE);
        private long start;
        private long end;
        private long begun;

        @Override
        public void read(long offset, MemorySegment target, long at) throws IOException {
            long page = offset / PAGE_SIZE;
            if (!present.get(page)) {
                target.asSlice(at, PAGE_SIZE).fill((byte) 0);
                return;
            }
            if (offset < start || offset >= end) {
                long to = present.nextClear(page, page + PAGES);
                startReading(offset, to * PAGE_SIZE);
                end = start; // should the read fail, nothing is here
                file.preadFully(buffer.segment(), 0, to * PAGE_SIZE - offset, inFile(offset));
                start = offset;
                end = to * PAGE_SIZE;
            }
            MemorySegment.copy(buffer.segment(), offset - start, target, at, PAGE_SIZE);
        }

        /** What follows {@code until}, unless it has begun. */
        private void startReading(long offset, long until) throws IOException {
            boolean inOrder = offset == end && begun >= until;
            long from = inOrder ? begun : until;
            begun = Math.min(until + DISTANCE, byteSize());
            if (begun > from) {
                file.startReading(inFile(from), begun - from);
            }
        }

        @Override
        public void close() {
            buffer.close();
        }
    }

    /** Each as it stands in the file. */
    private final class OneByOne implements PageReader {

        @Override
        public void read(long offset, MemorySegment target, long at) throws IOException {
            if (present.get(offset / PAGE_SIZE)) {
                file.preadFully(target, at, PAGE_SIZE, inFile(offset));
            } else {
                target.asSlice(at, PAGE_SIZE).fill((byte) 0);
            }
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    /** As {@link ReadAhead}, whole extents at a time, each of which has to match the file's seal. */
    private final class Sealed implements PageReader {
        private final SealedReader sealed;

        /** @param bytes to be read at once, if they lie so: it keeps whole extents */
        Sealed(Seal seal, long bytes) {
            sealed = new SealedReader(seal, file, bytes);
        }

        @Override
        public void read(long offset, MemorySegment target, long at) throws IOException {
            if (present.get(offset / PAGE_SIZE)) {
                sealed.readFully(target, at, PAGE_SIZE, inFile(offset));
            } else {
                target.asSlice(at, PAGE_SIZE).fill((byte) 0);
            }
        }

        @Override
        public void close() {
            sealed.close();
        }
    }
}
