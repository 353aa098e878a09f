package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Sealing;
import io.godwit.engine.snapshot.SnapshotImage;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * RAM of an instant at fixed places of a file, by several threads at once: pages come out of buffers, so that what was tested
 * for zero is what is written and what is sealed. With its bitmaps, unlike QEMU's; otherwise the file is that of a plain save.
 */
public final class MappedRamImage implements SnapshotImage {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final RamSection section;
    private final MigrationOptions options;
    private final List<ImageBlock> blocks = new ArrayList<>();
    private final AtomicLong normalPages = new AtomicLong();
    private final AtomicLong zeroPages = new AtomicLong();
    private @Nullable PagesFile file;

    public MappedRamImage(StreamOutput out, int sectionId, MigrationOptions options) {
        this.out = out;
        this.options = options;
        section = new RamSection(out, sectionId);
    }

    /** Where a block goes, and which pages of it are in the file. */
    private record ImageBlock(MappedRamLayout.Block place, PageBitmap present) {}

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.MAPPED_RAM);
    }

    @Override
    public void begin(List<? extends RamBlock> ram) throws IOException {
        MappedRamLayout layout = section.writeStart(RamFrame.entries(ram));
        for (MappedRamLayout.Block place : layout.blocks()) {
            blocks.add(new ImageBlock(place, new PageBitmap(place.entry().lengthBytes() / PAGE_SIZE)));
        }
        out.flush();
        file = PagesFile.toWrite(out.file(), options);
    }

    @Override
    public void save(int index, long offset, MemorySegment buffer, long at, long length) throws IOException {
        for (long done = 0; done < length;) {
            long zeros = runEnd(buffer, at, done, length, true);
            zeroPages.addAndGet((zeros - done) / PAGE_SIZE);
            done = runEnd(buffer, at, zeros, length, false);
            if (done > zeros) {
                saveRun(blocks.get(index), offset + zeros, buffer, at + zeros, done - zeros);
            }
        }
    }

    private static long runEnd(MemorySegment buffer, long at, long from, long limit, boolean zero) {
        long end = from;
        while (end < limit && NativeBuffer.isZeroPage(buffer, at + end) == zero) {
            end += PAGE_SIZE;
        }
        return end;
    }

    private void saveRun(ImageBlock block, long offset, MemorySegment buffer, long at, long length)
            throws IOException {
        PagesFile pages = Objects.requireNonNull(file, "pages before START");
        out.pace(length);
        long place = block.place.header().pagesOffset() + offset;
        pages.fd().pwriteFully(buffer, at, length, place);
        Sealing sealing = out.sealing();
        if (sealing != null) {
            sealing.note(buffer, at, length, place);
        }
        pages.written(place, length);
        for (long page = offset / PAGE_SIZE; page < (offset + length) / PAGE_SIZE; page++) {
            block.present.setShared(page);
        }
        normalPages.addAndGet(length / PAGE_SIZE);
    }

    @Override
    public void end() throws IOException {
        for (ImageBlock block : blocks) {
            section.writeBitmap(block.place, block.present);
        }
        section.writeEmpty(SectionType.PART);
        section.writeEmpty(SectionType.END);
    }

    @Override
    public long normalPages() {
        return normalPages.get();
    }

    @Override
    public long zeroPages() {
        return zeroPages.get();
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
