package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.util.List;

/** What follows the header of the packet that a source is making: its normal pages, in their order. One channel's, one thread. */
interface PacketData extends AutoCloseable {

    /**
     * Adds pages of a block, from the byte {@code from} up to {@code to}; but none from the first on whose bytes are all zero, if
     * {@code untilZero}.
     *
     * @return the byte where it ended
     */
    long add(int block, long from, long to, boolean untilZero) throws IOException;

    /** All pages have been added: the bytes that will follow the header. */
    int finish() throws IOException;

    /** Sends them, behind the header that {@code out} has been given meanwhile; there are none then. */
    void send() throws IOException;

    @Override
    void close();

    /** Pages go as they are from where they lie, if they can. */
    static PacketData of(StreamOutput out, List<? extends RamBlock> blocks, Method method, MigrationOptions options)
            throws IOException {
        if (method != Method.NONE) {
            return new CompressedPages(out, blocks, PageCoder.compressor(method, options));
        }
        List<MemoryBlock> inMemory = blocks.stream().filter(MemoryBlock.class::isInstance).map(MemoryBlock.class::cast)
                .toList();
        return inMemory.size() == blocks.size() ? new PagesInPlace(out, inMemory) : new CopiedPages(out, blocks);
    }
}
