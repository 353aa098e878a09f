package io.godwit.engine.mappedram;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** Writes the parts of a mapped-ram file's stream that speak of RAM: all but the pages themselves. One thread. */
final class RamSection {
    private static final ValueLayout.OfLong LITTLE_ENDIAN = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BITMAP_PIECE_BYTES = 1 << 20;

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
        Fd file = out.file();
        try (var buffer = new NativeBuffer(Math.min(BITMAP_PIECE_BYTES, block.bitmapBytes()))) {
            long at = block.header().bitmapOffset();
            int used = 0;
            for (int i = 0; i < present.wordCount(); i++) {
                buffer.segment().set(LITTLE_ENDIAN, used, present.word(i));
                used += Long.BYTES;
                if (used == buffer.byteSize() || i == present.wordCount() - 1) {
                    file.pwriteFully(buffer.segment(), 0, used, at);
                    at += used;
                    used = 0;
                }
            }
        }
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
            file.punchHole(block.header().pagesOffset() + from * RamBlock.PAGE_SIZE, (to - from) * RamBlock.PAGE_SIZE);
            from = written.nextSet(to);
        }
    }
}
