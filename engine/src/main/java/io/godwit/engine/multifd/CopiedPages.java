package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.List;

/** Pages that do not lie in memory: copied once, to where they are judged and sent from. */
final class CopiedPages implements PacketData {
    private final StreamOutput out;
    private final PageCopies pages;
    private int copied;

    CopiedPages(StreamOutput out, List<? extends RamBlock> blocks) {
        this.out = out;
        pages = new PageCopies(blocks);
    }

    /** The header has its place before them. */
    @Override
    public long add(int block, long from, long to, boolean untilZero) throws IOException {
        int start = out.reserve(PacketWriter.LONGEST) + MultifdPacket.HEADER_BYTES;
        long end = pages.copy(block, from, to, untilZero, out.buffer(), start + copied);
        copied += (int) (end - from);
        return end;
    }

    @Override
    public int finish() {
        return copied;
    }

    @Override
    public void send() throws IOException {
        out.commit(copied);
        out.flush();
        copied = 0;
    }

    @Override
    public void close() {
        pages.close();
    }
}
