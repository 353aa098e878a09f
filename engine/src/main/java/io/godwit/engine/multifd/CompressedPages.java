package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.List;

/**
 * Pages that are compressed, some at a time, as they come: of a copy, as a guest may change its own meanwhile. Owns the coder and
 * the copies.
 */
final class CompressedPages implements PacketData {
    /** One block of zstd's, and few enough to be in the processor's cache yet when they are compressed. */
    private static final int COPIES_BYTES = 128 << 10;

    private final StreamOutput out;
    private final PageCopies pages;
    private final PageCoder coder;
    private final NativeBuffer copies = new NativeBuffer(COPIES_BYTES);
    private int copied;
    private int made;

    /** Takes the coder over. */
    CompressedPages(StreamOutput out, List<? extends RamBlock> blocks, PageCoder coder) {
        this.out = out;
        this.coder = coder;
        pages = new PageCopies(blocks);
    }

    @Override
    public long add(int block, long from, long to, boolean untilZero) throws IOException {
        long end = from;
        long most;
        do {
            if (copied == COPIES_BYTES) {
                compress();
            }
            long at = end;
            most = Math.min(to, at + COPIES_BYTES - copied);
            end = pages.copy(block, at, most, untilZero, copies.segment(), copied);
            copied += (int) (end - at);
        } while (end == most && end < to);
        return end;
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
        pages.close();
        coder.close();
        copies.close();
    }
}
