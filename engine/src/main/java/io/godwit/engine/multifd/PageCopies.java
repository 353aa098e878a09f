package io.godwit.engine.multifd;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Copies pages of some blocks, and judges the copies. Owns the page readers. One thread. */
final class PageCopies implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final List<? extends PageReader> readers;

    PageCopies(List<? extends RamBlock> blocks) {
        readers = blocks.stream().map(RamBlock::reader).toList();
    }

    /**
     * Copies pages as {@link PacketData#add} adds them, to {@code at} in {@code target}, which has room for all of them.
     *
     * @return the byte of the block where it ended
     */
    long copy(int block, long from, long to, boolean untilZero, MemorySegment target, long at) throws IOException {
        PageReader reader = readers.get(block);
        for (long offset = from; offset < to; offset += PAGE_SIZE) {
            long copy = at + offset - from;
            reader.read(offset, target, copy);
            if (untilZero && NativeBuffer.isZeroPage(target, copy)) {
                return offset;
            }
        }
        return to;
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
    }
}
