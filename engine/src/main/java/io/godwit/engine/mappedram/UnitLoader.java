package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.paging.PageSink;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.SealedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reads units of RAM from a mapped-ram file and puts them into place: all pages of a unit that are in the file and have not
 * come. Where the file is sealed, no page of an extent that does not match is put anywhere. Owns its buffers; allocates
 * nothing per unit. One thread at a time.
 */
final class UnitLoader implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final PagesInFile pages;
    private final ReceivedPages received;
    private final Fd file;
    private final PageSink sink;
    private final NativeBuffer unit;
    private final @Nullable SealedReader sealed;

    /**
     * All but the sink is lent; that is closed with this.
     *
     * @param unitBytes of the largest unit
     * @param ahead how many bytes of a sealed file to read at once
     */
    UnitLoader(PagesInFile pages, ReceivedPages received, Fd file, @Nullable Seal seal, PageSink sink, long unitBytes,
            long ahead) {
        this.pages = pages;
        this.received = received;
        this.file = file;
        this.sink = sink;
        unit = new NativeBuffer(unitBytes);
        sealed = seal == null ? null : new SealedReader(seal, file, ahead);
    }

    /** Loads the pages of a block from {@code first} up to, not including, {@code end}; returns how many. */
    long load(int block, long first, long end) throws IOException {
        return pages.blocks().get(block).memoryPageBytes() == PAGE_SIZE
                ? loadRuns(block, first, end)
                : loadWhole(block, first, end);
    }

    private long loadRuns(int block, long first, long end) throws IOException {
        PageBitmap present = pages.present().get(block);
        long loaded = 0;
        for (long from = present.nextSet(first, end); from >= 0;) {
            long to = endOfRun(block, from, end);
            if (to > from) {
                read(pages.placeOf(block, from), 0, (to - from) * PAGE_SIZE);
                sink.pages(block, from * PAGE_SIZE, unit.segment(), 0, (to - from) * PAGE_SIZE);
                loaded += to - from;
            }
            from = present.nextSet(Math.max(to, from + 1), end);
        }
        return loaded;
    }

    /** Some of a unit may have come already, when the file before this one broke in the middle of it. */
    private long endOfRun(int block, long from, long end) {
        long to = pages.present().get(block).nextClear(from, end);
        long page = from;
        while (page < to && !received.has(block, page * PAGE_SIZE)) {
            page++;
        }
        return page;
    }

    /** A large page of memory comes at once, its zeros too. */
    private long loadWhole(int block, long first, long end) throws IOException {
        if (received.has(block, first * PAGE_SIZE)) {
            return 0;
        }
        PageBitmap present = pages.present().get(block);
        MemorySegment buffer = unit.segment();
        long loaded = 0;
        long zeroFrom = first;
        for (long from = present.nextSet(first, end); from >= 0; from = present.nextSet(zeroFrom, end)) {
            buffer.asSlice((zeroFrom - first) * PAGE_SIZE, (from - zeroFrom) * PAGE_SIZE).fill((byte) 0);
            zeroFrom = present.nextClear(from, end);
            read(pages.placeOf(block, from), (from - first) * PAGE_SIZE, (zeroFrom - from) * PAGE_SIZE);
            loaded += zeroFrom - from;
        }
        buffer.asSlice((zeroFrom - first) * PAGE_SIZE, (end - zeroFrom) * PAGE_SIZE).fill((byte) 0);
        sink.pages(block, first * PAGE_SIZE, buffer, 0, (end - first) * PAGE_SIZE);
        return loaded;
    }

    private void read(long place, long at, long length) throws IOException {
        if (sealed == null) {
            file.preadFully(unit.segment(), at, length, place);
        } else {
            sealed.readFully(unit.segment(), at, length, place);
        }
    }

    @Override
    public void close() {
        if (sealed != null) {
            sealed.close();
        }
        unit.close();
        sink.close();
    }
}
