package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages that are copied once, and judged and sent from there: because they are to be compressed, or do not lie in memory. Owns
 * its staging and the page readers.
 */
final class StagedPages implements PacketData {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final List<? extends PageReader> readers;
    private final @Nullable PageCoder coder;
    private final @Nullable NativeBuffer pages;
    private int count;
    private int bytes;

    StagedPages(StreamOutput out, List<? extends RamBlock> blocks, Method method, MigrationOptions options)
            throws IOException {
        this.out = out;
        coder = method == Method.NONE ? null : PageCoder.compressor(method, options);
        pages = method == Method.NONE ? null : new NativeBuffer(MultifdPacket.MAX_PAGES * (long) PAGE_SIZE);
        readers = blocks.stream().map(RamBlock::reader).toList();
    }

    @Override
    public long add(int block, long from, long to, boolean untilZero) throws IOException {
        PageReader reader = readers.get(block);
        MemorySegment target = pages == null ? out.buffer() : pages.segment();
        int start = pages == null ? dataStart() : 0;
        for (long offset = from; offset < to; offset += PAGE_SIZE) {
            int at = start + count * PAGE_SIZE;
            reader.read(offset, target, at);
            if (untilZero && NativeBuffer.isZeroPage(target, at)) {
                return offset;
            }
            count++;
        }
        return to;
    }

    /** Where they come to lie in the output: the header has its place before them. */
    private int dataStart() throws IOException {
        return out.reserve(PacketWriter.LONGEST) + MultifdPacket.HEADER_BYTES;
    }

    @Override
    public int finish() throws IOException {
        bytes = count * PAGE_SIZE;
        if (coder != null && pages != null && bytes > 0) {
            bytes = (int) coder.run(pages.segment(), 0, bytes, out.buffer(), dataStart(), MultifdPacket.MAX_DATA_BYTES);
        }
        return bytes;
    }

    @Override
    public void send() throws IOException {
        out.commit(bytes);
        out.flush();
        count = 0;
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
        if (coder != null) {
            coder.close();
        }
        if (pages != null) {
            pages.close();
        }
    }
}
