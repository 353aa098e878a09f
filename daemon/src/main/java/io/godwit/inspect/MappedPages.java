package io.godwit.inspect;

import io.godwit.inspect.StreamReport.Pages.Mapped;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** Counts the pages of a mapped-ram file, by its bitmaps and, to verify it, by what the file holds. */
final class MappedPages {
    static final int PAGE_SIZE = 4096;

    private final FileChannel file;
    private final List<MappedRamLayout.Block> blocks;
    private final ReadingProgress progress;
    private final long totalBytes;
    private long doneBytes;

    /** The file is lent; the blocks have been found to lie in it. */
    MappedPages(FileChannel file, List<MappedRamLayout.Block> blocks, ReadingProgress progress) {
        this.file = file;
        this.blocks = blocks;
        this.progress = progress;
        totalBytes = blocks.stream().mapToLong(block -> block.entry().lengthBytes()).sum();
    }

    /** The counts of each block; what is wrong is added to {@code findings}. */
    List<Mapped> count(boolean verify, List<Finding> findings) throws IOException {
        var counts = new ArrayList<Mapped>(blocks.size());
        boolean whole = findings.isEmpty();
        long present = 0;
        for (MappedRamLayout.Block block : blocks) {
            Mapped count = count(block, verify, findings);
            counts.add(count);
            present += count.present();
        }
        if (present == 0 && whole) { // what was broken off has not come to its bitmaps yet
            firstData().ifPresent(offset -> findings.add(new Finding.EmptyBitmaps(offset)));
        }
        return counts;
    }

    private Mapped count(MappedRamLayout.Block block, boolean verify, List<Finding> findings) throws IOException {
        var bits = new PageBits(file, block);
        long pages = block.entry().lengthBytes() / PAGE_SIZE;
        long present = bits.count();
        if (bits.behindLast() != 0) {
            findings.add(new Finding.Unexpected(block.header().bitmapOffset() + block.bitmapBytes() - Long.BYTES,
                    "last word of the bitmap of RAM block '" + block.entry().name() + "'",
                    "0x%016x behind its last page".formatted(bits.behindLast()), "0"));
        }
        OptionalLong stale = verify ? OptionalLong.of(stale(block, bits)) : OptionalLong.empty();
        return new Mapped(block.header().bitmapOffset(), block.header().pagesOffset(), present, pages - present, stale);
    }

    private long stale(MappedRamLayout.Block block, PageBits bits) throws IOException {
        long[] stale = {0};
        scan(block, (page, _, _) -> {
            if (!bits.isSet(page)) {
                stale[0]++;
            }
            return true;
        });
        return stale[0];
    }

    /** Where the first byte of any block stands that is not zero. */
    private OptionalLong firstData() throws IOException {
        doneBytes = 0;
        long[] found = {-1};
        for (MappedRamLayout.Block block : blocks) {
            boolean none = scan(block, (page, _, first) -> {
                found[0] = block.header().pagesOffset() + page * PAGE_SIZE + first;
                return false;
            });
            if (!none) {
                return OptionalLong.of(found[0]);
            }
        }
        return OptionalLong.empty();
    }

    private boolean scan(MappedRamLayout.Block block, PageScan.Visitor visitor) throws IOException {
        long before = doneBytes;
        LongConsumer within = done -> progress.at(before + done, totalBytes);
        doneBytes += block.entry().lengthBytes();
        return new PageScan(file).scan(block.header().pagesOffset(), block.entry().lengthBytes(), within, visitor);
    }
}
