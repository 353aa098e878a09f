package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.precopy.RamSender;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Saves RAM at fixed places of a file: however often a page changes meanwhile, the file holds it once, and zero pages are
 * holes. Pages go from the guest's memory to the file in runs, by one system call each; one that the guest changes while it
 * is written is in the dirty log and is written again.
 */
public final class MappedRamSaver implements RamSender {
    /** So much is written between two looks at the abort switch and at the rate limit. */
    private static final long PIECE_BYTES = 1 << 20;
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final RamSection section;
    private final TransferCounters counters;
    private final List<SavedBlock> saved = new ArrayList<>();
    private long normalPages;
    private long zeroPages;

    public MappedRamSaver(StreamOutput out, int sectionId, TransferCounters counters) {
        this.out = out;
        this.counters = counters;
        section = new RamSection(out, sectionId);
    }

    /** Where a block goes, which pages of it are in the file, and which ever were. */
    private record SavedBlock(RamBlock block, MappedRamLayout.Block place, PageBitmap present, PageBitmap written) {}

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.MAPPED_RAM);
    }

    @Override
    public boolean absentPagesAreZero() {
        return true;
    }

    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        var entries = blocks.stream().map(block -> new RamBlockEntry(block.name(), block.byteSize())).toList();
        MappedRamLayout layout = section.writeStart(entries);
        for (int i = 0; i < blocks.size(); i++) {
            RamBlock block = blocks.get(i);
            saved.add(new SavedBlock(block, layout.blocks().get(i), new PageBitmap(block.pages()),
                    new PageBitmap(block.pages())));
        }
    }

    /** Syncs what was written, so that little is left to be synced when the guest stands still. */
    @Override
    public void sendParts(PendingPages pending) throws IOException {
        savePages(pending);
        section.writeEmpty(SectionType.PART);
        out.flush();
        out.file().dataSync();
    }

    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        savePages(pending);
        for (SavedBlock block : saved) {
            leaveHoles(block);
            section.writeBitmap(block.place, block.present);
        }
        section.writeEmpty(SectionType.END);
    }

    private void savePages(PendingPages pending) throws IOException {
        long left = pending.count();
        for (int i = 0; i < saved.size(); i++) {
            PageBitmap bitmap = pending.bitmap(i);
            for (long from = bitmap.nextSet(0); from >= 0; from = bitmap.nextSet(from)) {
                long to = Math.min(bitmap.nextClear(from), from + PIECE_BYTES / PAGE_SIZE);
                bitmap.clearRange(from, to);
                savePiece(saved.get(i), from * PAGE_SIZE, to * PAGE_SIZE);
                left -= to - from;
                counters.setPages(normalPages, zeroPages, left);
            }
        }
        counters.setPages(normalPages, zeroPages, left);
    }

    private void savePiece(SavedBlock target, long from, long to) throws IOException {
        for (long at = from; at < to;) {
            long data = target.block.zeroEnd(at, to);
            target.present.clearRange(at / PAGE_SIZE, data / PAGE_SIZE);
            zeroPages += (data - at) / PAGE_SIZE;
            at = target.block.dataEnd(data, to);
            if (at > data) {
                saveRun(target, data, at);
            }
        }
    }

    private void saveRun(SavedBlock target, long from, long to) throws IOException {
        out.pace(to - from);
        Fd file = out.file();
        long place = target.place.header().pagesOffset() + from;
        target.block.saveTo(file, place, from, to - from);
        file.startWriteback(place, to - from);
        target.present.setRange(from / PAGE_SIZE, to / PAGE_SIZE);
        target.written.setRange(from / PAGE_SIZE, to / PAGE_SIZE);
        normalPages += (to - from) / PAGE_SIZE;
    }

    /** A page that held something and became zero again leaves nothing behind, where the file system can punch holes. */
    private void leaveHoles(SavedBlock block) throws IOException {
        PageBitmap stale = block.written;
        stale.remove(block.present);
        for (long from = stale.nextSet(0); from >= 0;) {
            long to = stale.nextClear(from);
            out.file().punchHole(block.place.header().pagesOffset() + from * PAGE_SIZE, (to - from) * PAGE_SIZE);
            from = stale.nextSet(to);
        }
    }

    @Override
    public void close() {
        // The blocks write their pages themselves.
    }
}
