package io.godwit.engine.postcopy;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.precopy.PageRecords;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts records of pages on one channel, from the first one on which names its block. Owns its staging buffer and what reads the
 * pages, not the channel. One thread.
 */
final class PageChannel implements AutoCloseable {
    private final List<RamBlock> blocks;
    private final TransferCounters counters;
    private final StreamOutput out;
    private final PageRecords records;
    private final List<PageReader> readers = new ArrayList<>();
    private final List<PageReader> readersOutOfTurn = new ArrayList<>();
    private long normalPages;
    private long zeroPages;
    private long requested;
    private long bytes;

    PageChannel(Channel channel, List<RamBlock> blocks, Abort abort, TransferCounters counters) {
        this.blocks = blocks;
        this.counters = counters;
        out = new StreamOutput(channel, new RateLimit(() -> 0, abort), this::written);
        records = new PageRecords(out);
        blocks.forEach(block -> {
            readers.add(block.reader());
            readersOutOfTurn.add(block.readerOutOfTurn());
        });
    }

    private void written(long taken) {
        bytes += taken;
        counters.addBytes(taken);
    }

    /** For what stands between the pages. */
    StreamOutput out() {
        return out;
    }

    /** Puts a run of pages that will be followed by its neighbours. */
    void putNext(PageRun run) throws IOException {
        put(run, readers.get(run.block()));
    }

    /** Puts a run of pages that somebody waits for. */
    void putRequested(PageRun run) throws IOException {
        putOutOfTurn(run);
        requested += run.pages();
    }

    /** Puts a run of pages that will not be followed by its neighbours. */
    void putOutOfTurn(PageRun run) throws IOException {
        put(run, readersOutOfTurn.get(run.block()));
    }

    private void put(PageRun run, PageReader reader) throws IOException {
        RamBlock block = blocks.get(run.block());
        for (long page = run.first(); page < run.end(); page++) {
            long offset = page * RamBlock.PAGE_SIZE;
            reader.read(offset, out.buffer(), records.begin(block));
            records.endPage(offset);
        }
    }

    /** Gives the channel everything put so far; returns how many bytes it took since the last time. */
    long flush() throws IOException {
        out.flush();
        counters.addPostcopyPages(records.normalPages() - normalPages, records.zeroPages() - zeroPages,
                requested);
        requested = 0;
        normalPages = records.normalPages();
        zeroPages = records.zeroPages();
        long taken = bytes;
        bytes = 0;
        return taken;
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
        readersOutOfTurn.forEach(PageReader::close);
        out.close();
    }
}
