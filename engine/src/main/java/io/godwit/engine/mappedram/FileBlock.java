package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * RAM that lies in a mapped-ram file: the bitmap says which pages are there, all others are zero. Everything belongs to its
 * {@link MappedRamFile}. Any thread; what is written guards itself by {@code writes}, which all blocks share.
 */
final class FileBlock implements RamBlock {
    private final MappedRamLayout.Block place;
    private final Fd file;
    private final WriteBehind writes;
    private final PageBitmap present;
    private final PageBitmap written;

    FileBlock(MappedRamLayout.Block place, Fd file, WriteBehind writes) {
        this.place = place;
        this.file = file;
        this.writes = writes;
        present = new PageBitmap(pages());
        written = new PageBitmap(pages());
    }

    MappedRamLayout.Block place() {
        return place;
    }

    PageBitmap present() {
        return present;
    }

    /** Which pages have ever been written here, whatever became of them. */
    PageBitmap written() {
        return written;
    }

    private long inFile(long offset) {
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
        synchronized (writes) {
            writes.flush();
        }
        for (long done = 0; done < length;) {
            long from = offset + done;
            long page = from / PAGE_SIZE;
            boolean data = present.get(page);
            long runEnd = data ? present.nextClear(page) : nextPresent(page);
            long part = Math.min(length - done, runEnd * PAGE_SIZE - from);
            if (data) {
                file.preadFully(target, at + done, part, inFile(from));
            } else {
                target.asSlice(at + done, part).fill((byte) 0);
            }
            done += part;
        }
    }

    private long nextPresent(long page) {
        long next = present.nextSet(page);
        return next < 0 ? pages() : next;
    }

    private EOFException cutShort(long end) {
        return new EOFException("the file ends at byte %d, in the pages of block '%s', which end at byte %d"
                .formatted(end, name(), place.pagesEnd()));
    }

    @Override
    public PageReader reader() {
        return new ReadAhead();
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) throws IOException {
        synchronized (writes) {
            writes.write(inFile(offset), source, at, length);
            note(offset, length);
        }
    }

    private void note(long offset, long length) {
        present.setRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
        written.setRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
    }

    @Override
    public void zero(long offset, long length) {
        synchronized (writes) {
            present.clearRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
        }
    }

    @Override
    public long zeroEnd(long offset, long limit) {
        return Math.min(limit, nextPresent(offset / PAGE_SIZE) * PAGE_SIZE);
    }

    @Override
    public long dataEnd(long offset, long limit) {
        return Math.min(limit, present.nextClear(offset / PAGE_SIZE) * PAGE_SIZE);
    }

    @Override
    public void saveTo(Fd target, long fileOffset, long offset, long length) throws IOException {
        long copied = file.copyRange(target, inFile(offset), fileOffset, length);
        if (copied < length) {
            throw cutShort(inFile(offset) + copied);
        }
    }

    @Override
    public void loadFrom(Fd source, long fileOffset, long offset, long length) throws IOException {
        synchronized (writes) {
            writes.flush();
        }
        long copied = source.copyRange(file, fileOffset, inFile(offset), length);
        if (copied < length) {
            throw new EOFException("the file ends at byte %d, in the pages of block '%s', of which %d bytes are missing"
                    .formatted(fileOffset + copied, name(), length - copied));
        }
        synchronized (writes) {
            note(offset, length);
        }
    }

    @Override
    public void close() {
        // The file closes what the blocks share.
    }

    /** Fetches a run of pages by one system call and gives them out one by one. The file no longer changes. */
    private final class ReadAhead implements PageReader {
        private static final int PAGES = 256;

        // No more than the block has: there may be thousands of blocks, but of no more RAM than was allowed.
        private final NativeBuffer buffer = new NativeBuffer(Math.min(PAGES, pages()) * PAGE_SIZE);
        private long start;
        private long end;

        @Override
        public void read(long offset, MemorySegment target, long at) throws IOException {
            long page = offset / PAGE_SIZE;
            if (!present.get(page)) {
                target.asSlice(at, PAGE_SIZE).fill((byte) 0);
                return;
            }
            if (offset < start || offset >= end) {
                long to = Math.min(present.nextClear(page), page + PAGES);
                end = start; // should the read fail, nothing is here
                file.preadFully(buffer.segment(), 0, to * PAGE_SIZE - offset, inFile(offset));
                start = offset;
                end = to * PAGE_SIZE;
            }
            MemorySegment.copy(buffer.segment(), offset - start, target, at, PAGE_SIZE);
        }

        @Override
        public void close() {
            buffer.close();
        }
    }
}
