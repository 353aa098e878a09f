package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.multifd.Lanes;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Loads RAM from the fixed places of a mapped-ram file: of each block the runs of pages whose bits are set, straight into the
 * guest's memory. All other pages are zero, whatever the file holds there, and are not touched: the RAM reads as zero at the
 * start. One thread calls; {@link Lanes} work for it, several without multifd, too.
 */
public final class MappedRamLoader implements MappedRamReader.Taker {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** Without multifd, which says how many: the guest stands still until all has come, and more than this no device needs. */
    private static final int LANES = Math.min(Runtime.getRuntime().availableProcessors(), 4);

    private final MigrationOptions options;
    private final TransferCounters counters;
    private final AtomicLong normalPages = new AtomicLong();
    private long zeroPages;

    public MappedRamLoader(MigrationOptions options, TransferCounters counters) {
        this.options = options;
        this.counters = counters;
    }

    /** Loads all of it. */
    @Override
    public void take(PagesInFile pages, StreamInput in) throws IOException {
        zeroPages = pages.zeroPages();
        try (PagesFile file = PagesFile.toRead(in.file(), options); Lanes lanes = new Lanes(options, LANES)) {
            lanes.run(new Pieces(pages.blocks()), (lane, pieces) -> {
                try (var check = LoadedCheck.of(in)) {
                    pieces.<IOException>takeAll((index, from, to) -> {
                        in.file(); // an abort shows here
                        loadPiece(pages, index, file.fd(), from, to);
                        check.piece(pages.places().get(index), pages.present().get(index), pages.blocks().get(index),
                                from, to);
                    });
                }
            });
        }
        counters.setPages(normalPages.get(), zeroPages, 0);
    }

    private void loadPiece(PagesInFile pages, int index, Fd file, long first, long end) throws IOException {
        PageBitmap present = pages.present().get(index);
        for (long from = present.nextSet(first, end); from >= 0;) {
            long to = present.nextClear(from, end);
            pages.blocks().get(index).loadFrom(file, pages.placeOf(index, from), from * PAGE_SIZE,
                    (to - from) * PAGE_SIZE);
            counters.addBytes((to - from) * PAGE_SIZE);
            counters.setPages(normalPages.addAndGet(to - from), zeroPages, 0);
            from = present.nextSet(to, end);
        }
    }
}
