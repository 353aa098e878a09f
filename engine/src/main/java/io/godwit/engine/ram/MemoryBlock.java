package io.godwit.engine.ram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.Pagemap;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** RAM in this process's memory, reached by native calls only. Owns its mapping. Any thread. */
public final class MemoryBlock implements RamBlock {
    private final String name;
    private final Mapping memory;
    /** Guarded by this. */
    private final Set<Object> keepers = Collections.newSetFromMap(new IdentityHashMap<>());

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
     * {@code keeper} follows what becomes of its pages, or still needs what they hold: none is given back to the kernel, of which
     * nobody would be told, from the return of this call to {@link #letContentGo}.
     */
    public synchronized void keepContent(Object keeper) {
        keepers.add(keeper);
    }

    /** {@code keeper} needs it no more, if it ever did. */
    public synchronized void letContentGo(Object keeper) {
        keepers.remove(keeper);
    }

    /**
     * Gives the memory of a range that nobody uses back to the kernel, unless somebody keeps its content; its pages read as zero
     * then. Pages of the kernel's reserve of huge ones stay: they are set aside for this block, used or not, so that nobody would
     * have them.
     *
     * @return the bytes that were given back, 0 or {@code length}
     */
    public synchronized long giveBack(long offset, long length) throws IOException {
        if (!keepers.isEmpty() || memory.pageSize() > PAGE_SIZE || length == 0) {
            return 0;
        }
        memory.discard(offset, length);
        return length;
    }

    /** Makes all of it zero, as new memory is, and gives it back to the kernel unless its content is kept. */
    public void clear() throws IOException {
        synchronized (this) {
            if (keepers.isEmpty()) {
                memory.discard(0, byteSize());
                return;
            }
        }
        // Not with the lock held: a write may have to wait for a keeper.
        var touched = new PageBitmap(pages());
        addTouched(touched);
        for (long from = touched.nextSet(0); from >= 0;) {
            long to = touched.nextClear(from);
            zero(from * PAGE_SIZE, (to - from) * PAGE_SIZE);
            from = touched.nextSet(to);
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
