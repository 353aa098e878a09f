package io.godwit.engine.mappedram;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Where a mapped-ram file says which pages of a block it has: one bit for each page, in little-endian words. One thread. */
record BitmapPlace(MappedRamLayout.Block block) {
    private static final ValueLayout.OfLong LITTLE_ENDIAN = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PIECE_BYTES = 1 << 20;

    private NativeBuffer piece() {
        return new NativeBuffer(Math.min(PIECE_BYTES, block.bitmapBytes()));
    }

    void write(Fd file, PageBitmap present) throws IOException {
        try (NativeBuffer buffer = piece()) {
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

    /** Refuses bits beyond the block's pages. */
    PageBitmap read(StreamInput in) throws IOException {
        long pages = block.entry().lengthBytes() / RamBlock.PAGE_SIZE;
        var present = new PageBitmap(pages);
        try (NativeBuffer buffer = piece()) {
            int word = 0;
            for (long done = 0; done < block.bitmapBytes();) {
                long piece = Math.min(buffer.byteSize(), block.bitmapBytes() - done);
                in.readAt(block.header().bitmapOffset() + done, buffer.segment(), 0, piece);
                for (long at = 0; at < piece; at += Long.BYTES) {
                    present.orWord(word++, buffer.segment().get(LITTLE_ENDIAN, at));
                }
                done += piece;
            }
        }
        if (pages % Long.SIZE != 0 && present.word(present.wordCount() - 1) >>> (pages % Long.SIZE) != 0) {
            throw new MalformedStreamException("bitmap of RAM block '%s' has bits set beyond its %d pages"
                    .formatted(block.entry().name(), pages));
        }
        return present;
    }
}
