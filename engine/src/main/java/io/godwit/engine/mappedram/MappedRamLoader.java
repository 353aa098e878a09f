package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.multifd.Lanes;
import io.godwit.engine.ram.BlockSource;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Loads RAM from the fixed places of a mapped-ram file: the block list with its headers, then of each block the runs of
 * pages whose bits are set, straight into the guest's memory. All other pages are zero, whatever the file holds there, and
 * are not touched: the RAM reads as zero at the start. One thread calls; {@link Lanes} may work for it.
 */
public final class MappedRamLoader {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final BlockSource source;
    private final MigrationOptions options;
    private final TransferCounters counters;
    private final AtomicLong normalPages = new AtomicLong();
    private long zeroPages;
    private final RamBodies bodies = new RamBodies(this::loadBlocks);

    public MappedRamLoader(BlockSource source, MigrationOptions options, TransferCounters counters) {
        this.source = source;
        this.options = options;
        this.counters = counters;
    }

    /** Reads a body of the RAM section up to and including its EOS. The first one has the block list and loads it all. */
    public void loadBody(StreamInput in) throws IOException {
        bodies.read(in);
    }

    private void loadBlocks(StreamInput in, List<MappedRamLayout.Block> places) throws IOException {
        List<? extends RamBlock> blocks = source.of(places.stream().map(MappedRamLayout.Block::entry).toList());
        var presents = new ArrayList<PageBitmap>();
        for (MappedRamLayout.Block place : places) {
            PageBitmap present = new BitmapPlace(place).read(in);
            presents.add(present);
            zeroPages += present.pages() - present.cardinality();
        }
        try (PagesFile file = PagesFile.toRead(in.file(), options); Lanes lanes = new Lanes(options)) {
            lanes.run(new Pieces(blocks), (lane, pieces) -> {
                try (var check = LoadedCheck.of(in)) {
                    pieces.<IOException>takeAll((index, from, to) -> {
                        in.file(); // an abort shows here
                        loadPiece(places.get(index), presents.get(index), blocks.get(index), file.fd(), from, to);
                        check.piece(places.get(index), presents.get(index), blocks.get(index), from, to);
                    });
                }
            });
        }
        counters.setPages(normalPages.get(), zeroPages, 0);
    }

    private void loadPiece(MappedRamLayout.Block place, PageBitmap present, RamBlock block, Fd file, long first,
            long end)
            throws IOException {
        for (long from = present.nextSet(first, end); from >= 0;) {
            long to = Math.min(present.nextClear(from), end);
            block.loadFrom(file, place.header().pagesOffset() + from * PAGE_SIZE, from * PAGE_SIZE,
                    (to - from) * PAGE_SIZE);
            counters.addBytes((to - from) * PAGE_SIZE);
            counters.setPages(normalPages.addAndGet(to - from), zeroPages, 0);
            from = present.nextSet(to, end);
        }
    }
}
