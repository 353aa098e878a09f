package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.multifd.Lanes;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.precopy.RamSender;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.DigestThread;
import io.godwit.engine.seal.Sealing;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Saves RAM at fixed places of a file: however often a page changes meanwhile, the file holds it once, and zero pages are
 * holes. Pages go from the guest's memory to the file in runs, by one system call each; one that the guest changes while it
 * is written is in the dirty log and is written again. The migration thread calls; {@link Lanes} may work for it.
 */
public final class MappedRamSaver implements RamSender {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final RamSection section;
    private final MigrationOptions options;
    private final TransferCounters counters;
    private final List<SavedBlock> saved = new ArrayList<>();
    private final AtomicLong normalPages = new AtomicLong();
    private final AtomicLong zeroPages = new AtomicLong();
    private final AtomicLong remaining = new AtomicLong();
    private final Lanes lanes;
    private @Nullable PagesFile file;
    private @Nullable Sealing sealing;
    private @Nullable DigestThread digests;

    public MappedRamSaver(StreamOutput out, int sectionId, MigrationOptions options, TransferCounters counters) {
        this.out = out;
        this.options = options;
        this.counters = counters;
        section = new RamSection(out, sectionId);
        lanes = new Lanes(options);
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

    /** Gives the file its length at once: only what is written within it can be written by several at a time. */
    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        MappedRamLayout layout = section.writeStart(RamFrame.entries(blocks));
        for (int i = 0; i < blocks.size(); i++) {
            RamBlock block = blocks.get(i);
            saved.add(new SavedBlock(block, layout.blocks().get(i), new PageBitmap(block.pages()),
                    new PageBitmap(block.pages())));
        }
        out.flush();
        file = PagesFile.toWrite(out.file(), options);
        sealing = out.sealing();
        digests = sealing != null && file.isDirect() ? new DigestThread(sealing) : null;
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
    public void sendSome(PendingPages pending) throws IOException {
        savePages(pending);
    }

    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        savePages(pending);
        if (digests != null) {
            digests.await(); // what comes next tells of some of the same pages that they are none any more
        }
        for (SavedBlock block : saved) {
            section.punchHoles(block.place, block.written, block.present);
            section.writeBitmap(block.place, block.present);
        }
        section.writeEmpty(SectionType.END);
    }

    private void savePages(PendingPages pending) throws IOException {
        remaining.set(pending.count());
        PagesFile target = Objects.requireNonNull(file, "pages before START");
        lanes.run(new Pieces(pending.blocks()), (lane, pieces) -> pieces.<IOException>takeAll(
                (index, from, to) -> savePiece(saved.get(index), pending.bitmap(index), target, from, to)));
        report();
    }

    private void savePiece(SavedBlock target, PageBitmap pending, PagesFile pages, long first, long end)
            throws IOException {
        long from = pending.nextSet(first, end);
        if (from < 0) {
            return;
        }
        while (from >= 0) {
            long to = pending.nextClear(from, Math.min(end, from + pages.runBytes() / PAGE_SIZE));
            pending.clearRange(from, to);
            savePages(target, pages, from * PAGE_SIZE, to * PAGE_SIZE);
            remaining.addAndGet(from - to);
            from = pending.nextSet(to, end);
        }
        report();
    }

    private void report() {
        counters.setPages(normalPages.get(), zeroPages.get(), remaining.get());
    }

    private void savePages(SavedBlock target, PagesFile pages, long from, long to) throws IOException {
        for (long at = from; at < to;) {
            long data = target.block.zeroEnd(at, to);
            target.present.clearRange(at / PAGE_SIZE, data / PAGE_SIZE);
            zeroPages.addAndGet((data - at) / PAGE_SIZE);
            at = target.block.dataEnd(data, to);
            if (at > data) {
                saveRun(target, pages, data, at);
            }
        }
    }

    private void saveRun(SavedBlock target, PagesFile pages, long from, long to) throws IOException {
        out.pace(to - from);
        long place = target.place.header().pagesOffset() + from;
        target.block.saveTo(pages.fd(), place, from, to - from);
        pages.written(place, to - from);
        note(target.block, from, to - from, place);
        target.present.setRange(from / PAGE_SIZE, to / PAGE_SIZE);
        target.written.setRange(from / PAGE_SIZE, to / PAGE_SIZE);
        normalPages.addAndGet((to - from) / PAGE_SIZE);
    }

    /** What has just been copied into the page cache is digested out of the processor's; else while the device is written to. */
    private void note(RamBlock block, long offset, long length, long place) throws IOException {
        if (digests != null) {
            digests.note(block, offset, length, place);
        } else if (sealing != null) {
            sealing.note(block, offset, length, place);
        }
    }

    @Override
    public void close() {
        lanes.close();
        if (digests != null) {
            digests.close();
        }
        if (file != null) {
            file.close();
        }
    }
}
