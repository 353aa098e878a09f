package io.godwit.engine.precopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.XbzrleDelta;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends pages as {@link PageSender} does, and from the second pass on only what has changed in those that it remembers: the
 * capability {@code xbzrle}. A page is copied into the staging buffer once; its delta, what is sent and what is remembered are
 * all made of that copy, so the cache holds what the destination has, whatever the guest does meanwhile. Owns the cache, which
 * is made when the second pass begins. Allocates nothing per page. One thread.
 */
public final class DeltaSender implements RamSender {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final MemorySegment staging;
    private final MigrationOptions options;
    private final TransferCounters counters;
    private final PageRecords records;
    private final PageSections sections;
    private final DeltaEncoder encoder = new DeltaEncoder();
    private long[] firstPages = {};
    private long ramPages;
    private @Nullable PageCache cache;
    private long pass;
    private boolean last;
    private long found;
    private long misses;
    private long overflows;
    private long deltaBytes;
    private DeltaCounts atPassEnd = DeltaCounts.NONE;
    private long foundInPass;
    private long bytesPerFound = PAGE_SIZE;

    public DeltaSender(StreamOutput out, int sectionId, MigrationOptions options, TransferCounters counters) {
        staging = out.buffer();
        this.options = options;
        this.counters = counters;
        records = new PageRecords(out);
        sections = new PageSections(out, sectionId, this::send, this::report);
    }

    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        firstPages = new long[blocks.size()];
        for (int i = 0; i < firstPages.length; i++) {
            firstPages[i] = ramPages;
            ramPages += blocks.get(i).pages();
        }
        sections.sendStart(blocks);
    }

    @Override
    public void forPostcopy(BooleanSupplier wanted) {
        sections.forPostcopy(wanted);
    }

    /** The first pass, of pages that most of them come once, fills no cache. */
    @Override
    public void sendParts(PendingPages pending) throws IOException {
        if (++pass > 1) {
            resizeCache();
        }
        long pages = pending.count();
        sections.sendParts(pending);
        if (pages > 0 && pass > 1) {
            endPass(pages);
        }
    }

    @Override
    public void sendSome(PendingPages pending) throws IOException {
        sections.sendParts(pending);
    }

    /** Nothing comes after it for which a page would have to be remembered. */
    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        pass++;
        last = true;
        sections.sendEnd(pending);
    }

    /** The parameter may have changed since the last pass: then an empty cache of the new size takes the old one's place. */
    private void resizeCache() throws IOException {
        long bytes = PageCache.usefulBytes(options.parameters().get().xbzrleCacheSize(), ramPages);
        PageCache present = cache;
        if (present != null && present.byteSize() != bytes) {
            cache = null;
            present.close();
        }
        if (cache == null) {
            cache = new PageCache(bytes);
        }
    }

    private void endPass(long pages) {
        foundInPass = found - atPassEnd.pages();
        long bytes = deltaBytes - atPassEnd.bytes();
        if (foundInPass > 0) {
            bytesPerFound = Long.BYTES + Math.ceilDiv(bytes, foundInPass);
        }
        atPassEnd = new DeltaCounts(deltaBytes, found, misses, (misses - atPassEnd.misses()) / (double) pages,
                bytes == 0 ? 0 : foundInPass * (double) PAGE_SIZE / bytes, overflows);
        counters.setDeltas(atPassEnd);
    }

    /**
     * Only of pages that are remembered, and of no more of them than the last pass found, it is taken that they have changed as
     * little as those: many pages are not made light of because a few came before them that had hardly changed.
     */
    @Override
    public long expectedBytes(PendingPages pending) {
        long small = Math.min(foundInPass, remembered(pending));
        return small * bytesPerFound + (pending.count() - small) * PAGE_SIZE;
    }

    private long remembered(PendingPages pending) {
        PageCache known = cache;
        long count = 0;
        for (int i = 0; known != null && i < firstPages.length; i++) {
            PageBitmap bitmap = pending.bitmap(i);
            for (long page = bitmap.nextSet(0); page >= 0; page = bitmap.nextSet(page + 1)) {
                count += known.holds(firstPages[i] + page) ? 1 : 0;
            }
        }
        return count;
    }

    private void send(RamBlock block, int index, PageReader reader, long page) throws IOException {
        long offset = page * PAGE_SIZE;
        int at = records.begin(block);
        reader.read(offset, staging, at);
        PageCache known = cache;
        if (known == null) {
            records.endPage(offset);
        } else {
            sendChanges(known, firstPages[index] + page, offset, at);
        }
    }

    /** Sends the page that stands at {@code at} of the staging buffer. */
    private void sendChanges(PageCache known, long number, long offset, int at) {
        if (NativeBuffer.isZeroPage(staging, at)) {
            keep(known, number, at);
            records.endZero(offset);
            return;
        }
        long place = known.find(number, pass);
        if (place == PageCache.MISS) {
            misses++;
            keep(known, number, at);
            records.endNormal(offset);
            return;
        }
        found++;
        int length = encoder.encode(known.memory(), place, staging, at);
        if (length == 0) {
            return; // written, but with what was there
        }
        keep(known, number, at);
        if (length == XbzrleDelta.OVERFLOW) {
            overflows++;
            deltaBytes += PAGE_SIZE;
            records.endNormal(offset);
        } else {
            deltaBytes += PageRecords.DELTA_HEAD + length;
            records.endDelta(offset, encoder.delta(), length);
        }
    }

    /** What is about to be sent is what the destination will have. */
    private void keep(PageCache known, long number, int at) {
        if (!last) {
            known.keep(number, pass, staging, at);
        }
    }

    private void report(long left) {
        counters.setPages(records.normalPages(), records.zeroPages(), left);
        counters.setDeltas(new DeltaCounts(deltaBytes, found, misses, atPassEnd.missRate(), atPassEnd.encodingRate(),
                overflows));
    }

    @Override
    public void close() {
        sections.close();
        encoder.close();
        if (cache != null) {
            cache.close();
        }
    }
}
