package io.godwit.engine.snapshot;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.precopy.PageRecords;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * RAM as records of a stream, in PART sections. There is no END, as in QEMU's background snapshots: the first device says that
 * the RAM is over. One thread.
 */
public final class StreamImage implements SnapshotImage {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** 16 MiB in one section, as a migration has it. */
    private static final int PAGES_PER_SECTION = 4096;

    private final StreamOutput out;
    private final RamFrame frame;
    private final PageRecords records;
    private List<? extends RamBlock> blocks = List.of();
    private int pagesInSection;

    public StreamImage(StreamOutput out, int sectionId) {
        this.out = out;
        frame = new RamFrame(out, sectionId);
        records = new PageRecords(out);
    }

    @Override
    public void begin(List<? extends RamBlock> ram) throws IOException {
        blocks = ram;
        frame.begin();
        RamBlockEntry.writeList(out, RamFrame.entries(ram));
        frame.end();
    }

    @Override
    public void save(int index, long offset, MemorySegment buffer, long at, long length) throws IOException {
        for (long done = 0; done < length; done += PAGE_SIZE) {
            if (pagesInSection == 0) {
                frame.resume(SectionType.PART);
            }
            int place = records.begin(blocks.get(index));
            MemorySegment.copy(buffer, at + done, out.buffer(), place, PAGE_SIZE);
            records.endPage(offset + done);
            if (++pagesInSection == PAGES_PER_SECTION) {
                endSection();
            }
        }
    }

    private void endSection() throws IOException {
        frame.end();
        pagesInSection = 0;
    }

    @Override
    public void end() throws IOException {
        if (pagesInSection > 0) {
            endSection();
        }
    }

    @Override
    public long normalPages() {
        return records.normalPages();
    }

    @Override
    public long zeroPages() {
        return records.zeroPages();
    }

    @Override
    public void close() {
        // The output is lent.
    }
}
