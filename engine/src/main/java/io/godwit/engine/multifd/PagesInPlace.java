package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.List;

/**
 * Pages that go to the wire from guest memory itself, copied by the kernel alone. One that is written to meanwhile arrives as
 * some mixture; it is dirty then, and comes again.
 */
final class PagesInPlace implements PacketData {
    private final StreamOutput out;
    private final List<Mapping> memories;
    private final IoVector pieces = new IoVector();

    PagesInPlace(StreamOutput out, List<MemoryBlock> blocks) {
        this.out = out;
        memories = blocks.stream().map(MemoryBlock::memory).toList();
    }

    @Override
    public long add(int block, long from, long to, boolean untilZero) {
        Mapping memory = memories.get(block);
        long end = untilZero ? memory.dataRunEnd(from, to) : to;
        pieces.add(memory, from, end - from);
        return end;
    }

    @Override
    public int finish() {
        return (int) pieces.byteSize();
    }

    @Override
    public void send() throws IOException {
        out.flushWith(pieces);
    }

    @Override
    public void close() {
        pieces.close();
    }
}
