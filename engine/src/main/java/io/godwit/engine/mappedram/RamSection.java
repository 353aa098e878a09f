package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Sealing;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.List;

/** Writes the parts of a mapped-ram file's stream that speak of RAM: all but the pages themselves. One thread. */
final class RamSection {
    private final StreamOutput out;
    private final RamFrame frame;

    RamSection(StreamOutput out, int id) {
        this.out = out;
        frame = new RamFrame(out, id);
    }

    /** The START section, with room for the bitmap and the pages of each block. */
    MappedRamLayout writeStart(List<RamBlockEntry> entries) throws IOException {
        frame.begin();
        RamBlockEntry.writeTotal(out, entries);
        MappedRamLayout layout = MappedRamLayout.of(entries, out.filePosition());
        for (MappedRamLayout.Block block : layout.blocks()) {
            block.entry().write(out);
            block.header().write(out);
            out.seek(block.pagesEnd());
        }
        frame.end();
        return layout;
    }

    /** A section without pages: they are elsewhere in the file. */
    void writeEmpty(SectionType type) throws IOException {
        frame.resume(type);
        frame.end();
    }

    /** Writes which pages of a block are in the file. */
    void writeBitmap(MappedRamLayout.Block block, PageBitmap present) throws IOException {
        new BitmapPlace(block).write(out.file(), present);
        forget(block.header().bitmapOffset(), block.bitmapBytes());
    }

    /**
     * What was a page and is zero now leaves nothing behind, where the file system can punch holes. Takes the pages that are
     * present out of {@code written}.
     */
    void punchHoles(MappedRamLayout.Block block, PageBitmap written, PageBitmap present) throws IOException {
        Fd file = out.file();
        written.remove(present);
        for (long from = written.nextSet(0); from >= 0;) {
            long to = written.nextClear(from);
            long place = block.header().pagesOffset() + from * RamBlock.PAGE_SIZE;
            file.punchHole(place, (to - from) * RamBlock.PAGE_SIZE);
            forget(place, (to - from) * RamBlock.PAGE_SIZE);
            from = written.nextSet(to);
        }
    }

    private void forget(long place, long length) {
        Sealing sealing = out.sealing();
        if (sealing != null) {
            sealing.forget(place, length);
        }
    }
}
