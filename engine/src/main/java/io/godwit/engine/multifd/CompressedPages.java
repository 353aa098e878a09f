package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.List;

/**
 * Pages that are compressed, some at a time, as they come: of a copy, as a guest may change its own meanwhile. Owns the coder, the
 * copies and the page readers.
 */
final class CompressedPages implements PacketData {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** One block of zstd's, and few enough to be in the processor's cache yet when they are compressed. */
    private static final int COPIES_BYTES = 128 << 10;

    private final StreamOutput out;
    private final List<? extends PageReader> readers;
    private final PageCoder coder;
    private final NativeBuffer copies = new NativeBuffer(COPIES_BYTES);
    private int copied;
    private int made;

    /** Takes the coder over. */
    CompressedPages(StreamOutput out, List<? extends RamBlock> blocks, PageCoder coder) {
        this.out = out;
        this.coder = coder;
        readers = blocks.stream().map(RamBlock::reader).toList();
    }

    @Override
    public long add(int block, long from, long to, boolean untilZero) throws IOException {
        PageReader reader = readers.get(block);
        for (long offset = from; offset < to; offset += PAGE_SIZE) {
            if (copied == COPIES_BYTES) {
                compress();
            }
            reader.read(offset, copies.segment(), copied);
            if (untilZero && NativeBuffer.isZeroPage(copies.segment(), copied)) {
                return offset;
            }
            copied += PAGE_SIZE;
        }
        return to;
    }

    private void compress() throws IOException {
        int start = out.reserve(PacketWriter.LONGEST) + MultifdPacket.HEADER_BYTES;
        made += (int) coder.run(copies.segment(), 0, copied, out.buffer(), start + made,
                MultifdPacket.MAX_DATA_BYTES - made);
        copied = 0;
    }

    @Override
    public int finish() throws IOException {
        if (copied > 0) {
            compress();
        }
        return made;
    }

    @Override
    public void send() throws IOException {
        out.commit(made);
        out.flush();
        made = 0;
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
        coder.close();
        copies.close();
    }
}
