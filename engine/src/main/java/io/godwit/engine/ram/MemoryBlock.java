package io.godwit.engine.ram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.Pagemap;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** RAM in this process's memory, reached by native calls only. Owns its mapping. Any thread. */
public final class MemoryBlock implements RamBlock {
    private final String name;
    private final Mapping memory;
    private volatile boolean contentKept;

    /** Takes ownership of {@code memory}, whose size is a multiple of {@link #PAGE_SIZE}. */
    public MemoryBlock(String name, Mapping memory) {
        if (memory.byteSize() % PAGE_SIZE != 0) {
            throw new IllegalArgumentException(name + ": " + memory.byteSize() + " bytes are not whole pages");
        }
        this.name = name;
        this.memory = memory;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long byteSize() {
        return memory.byteSize();
    }

    @Override
    public long memoryPageBytes() {
        return memory.pageSize();
    }

    public Mapping memory() {
        return memory;
    }

    /** Those that have memory of their own: all others read as zero. */
    @Override
    public void addTouched(PageBitmap into) throws IOException {
        try (var pagemap = new Pagemap()) {
            pagemap.resident(memory, (from, to) -> into.setRange(from / PAGE_SIZE, to / PAGE_SIZE));
        }
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) {
        memory.copyTo(offset, target, at, length);
    }

    @Override
    public PageReader reader() {
        return new MemoryReader(memory);
    }

    @Override
    public PageReader readerOutOfTurn() {
        return reader();
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) {
        memory.copyFrom(offset, source, at, length);
    }

    @Override
    public void zero(long offset, long length) {
        memory.zero(offset, length);
    }

    /**
     * Says whether somebody follows writes to it and still needs what it holds: then it must not be given back to the kernel, of
     * which nobody is told.
     */
    public void keepContent(boolean kept) {
        contentKept = kept;
    }

    /** Makes all of it zero, as new memory is, and gives it back to the kernel unless its content is kept. */
    public void clear() throws IOException {
        if (contentKept) {
            var touched = new PageBitmap(pages());
            addTouched(touched);
            for (long from = touched.nextSet(0); from >= 0;) {
                long to = touched.nextClear(from);
                zero(from * PAGE_SIZE, (to - from) * PAGE_SIZE);
                from = touched.nextSet(to);
            }
        } else {
            memory.discard(0, byteSize());
        }
    }

    @Override
    public long zeroEnd(long offset, long limit) {
        return memory.zeroRunEnd(offset, limit);
    }

    @Override
    public long dataEnd(long offset, long limit) {
        return memory.dataRunEnd(offset, limit);
    }

    @Override
    public void saveTo(Fd file, long fileOffset, long offset, long length) throws IOException {
        for (long done = 0; done < length;) {
            done += memory.pwriteTo(file, fileOffset + done, offset + done, length - done);
        }
    }

    @Override
    public void loadFrom(Fd file, long fileOffset, long offset, long length) throws IOException {
        for (long done = 0; done < length;) {
            long got = memory.preadFrom(file, fileOffset + done, offset + done, length - done);
            if (got == 0) {
                throw new EOFException("the file ends at byte %d, in the pages of block '%s', which end at byte %d"
                        .formatted(fileOffset + done, name, fileOffset + length));
            }
            done += got;
        }
    }

    @Override
    public void digestPages(long offset, long length, MemorySegment digests, long digestsAt) {
        memory.digestPages(offset, length, digests, digestsAt);
    }

    @Override
    public void close() {
        memory.close();
    }
}
