package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.List;

/** Pages that do not lie in memory: copied once, to where they are judged and sent from. Owns the page readers. */
final class CopiedPages implements PacketData {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final List<? extends PageReader> readers;
    private int copied;

    CopiedPages(StreamOutput out, List<? extends RamBlock> blocks) {
        this.out = out;
        readers = blocks.stream().map(RamBlock::reader).toList();
    }

    /** The header has its place before them. */
    @Override
    public long add(int block, long from, long to, boolean untilZero) throws IOException {
        PageReader reader = readers.get(block);
        int start = out.reserve(PacketWriter.LONGEST) + MultifdPacket.HEADER_BYTES;
        for (long offset = from; offset < to; offset += PAGE_SIZE) {
            reader.read(offset, out.buffer(), start + copied);
            if (untilZero && NativeBuffer.isZeroPage(out.buffer(), start + copied)) {
                return offset;
            }
            copied += PAGE_SIZE;
        }
        return to;
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
        readers.forEach(PageReader::close);
    }
}
