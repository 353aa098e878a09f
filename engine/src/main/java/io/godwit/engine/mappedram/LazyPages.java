package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.PageSink;
import io.godwit.engine.paging.PageSource;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The pages of a mapped-ram file for a guest that runs already: who asks for one gets it, with its neighbours, at once and on
 * his own thread; {@link #loadRest} loads what nobody asks for. What is read at once is a unit: 64 KiB, an extent of a seal, or
 * a page of the memory where that is larger. Owns buffers; file and seal are lent.
 */
public final class LazyPages implements PageSource, AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    private static final long LEAST_UNIT = SealHeader.EXTENT_BYTES;
    private static final long AHEAD = 1 << 20;

    private final PagesInFile pages;
    private final TransferCounters counters;
    private final String name;
    private final UnitClaims claims;
    private final UnitLoader asked;
    private final UnitLoader rest;
    private final AtomicLong normalPages = new AtomicLong();
    private final long zeroPages;

    /** Waits until so many bytes may be loaded that nobody asks for; what it throws ends the loading. */
    @FunctionalInterface
    public interface Pace {
        void await(long bytes) throws IOException;
    }

    /**
     * @param pages what {@code in}, which leads to a file, has
     * @param received what is not to be loaded any more; told of what is
     * @param sinks gives one to each of two threads
     */
    public LazyPages(PagesInFile pages, StreamInput in, ReceivedPages received, Supplier<PageSink> sinks,
            TransferCounters counters) throws IOException {
        this.pages = pages;
        this.counters = counters;
        name = in.file().target();
        List<Long> units = new ArrayList<>();
        long largest = LEAST_UNIT;
        for (RamBlock block : pages.blocks()) {
            units.add(Math.ceilDiv(block.byteSize(), unitBytes(block)));
            largest = Math.max(largest, unitBytes(block));
        }
        claims = new UnitClaims(units);
        asked = new UnitLoader(pages, received, in.file(), in.seal(), sinks.get(), largest, LEAST_UNIT);
        rest = new UnitLoader(pages, received, in.file(), in.seal(), sinks.get(), largest, AHEAD);
        normalPages.set(counters.normalPages());
        zeroPages = pages.zeroPages();
    }

    private static long unitBytes(RamBlock block) {
        return Math.max(LEAST_UNIT, block.memoryPageBytes());
    }

    /** Loads it, unless somebody does or did; any number of threads, one after the other. */
    @Override
    public void request(int block, long offset, int length) throws IOException {
        synchronized (asked) {
            load(asked, block, offset / unitBytes(pages.blocks().get(block)));
        }
    }

    /** Returns when all pages are in place. One thread. */
    public void loadRest(Pace pace) throws IOException {
        for (int block = 0; block < pages.blocks().size(); block++) {
            for (long unit = claims.nextFree(block, 0); unit >= 0; unit = claims.nextFree(block, unit + 1)) {
                pace.await(unitBytes(pages.blocks().get(block)));
                load(rest, block, unit);
            }
        }
        claims.awaitLoaded();
    }

    private void load(UnitLoader loader, int index, long unit) throws IOException {
        if (!claims.take(index, unit)) {
            return;
        }
        RamBlock block = pages.blocks().get(index);
        long unitPages = unitBytes(block) / PAGE_SIZE;
        long first = unit * unitPages;
        try {
            long loaded = loader.load(index, first, Math.min(first + unitPages, block.pages()));
            counters.addBytes(loaded * PAGE_SIZE);
            counters.setPages(normalPages.addAndGet(loaded), zeroPages, 0);
            claims.done();
        } catch (IOException | RuntimeException e) {
            var named = new IOException("%s: block '%s' from offset 0x%x on cannot be loaded: %s".formatted(name,
                    block.name(), first * PAGE_SIZE, e.getMessage()), e);
            claims.failed(named);
            throw named;
        }
    }

    /** From here on nobody gets a page; whoever just loads one is waited for. */
    @Override
    public void close() {
        claims.refuse(new IOException(name + " is not read any more"));
        claims.awaitIdle();
        asked.close();
        rest.close();
    }
}
