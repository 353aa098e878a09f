package io.godwit.protocol.mappedram;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the blocks of a mapped-ram file stand. A reader goes on at the end of a block's pages, so there is nothing between
 * them and the next entry.
 *
 * <pre>
 * entry of block 0                       entry of block 1
 * | str8, be64, header | bitmap |  gap  | pages, sparse  | str8, be64, header | ...
 *                               multiple of 1 MiB
 * </pre>
 *
 * @param blocks in the order of the list
 * @param end where the first byte after the last block's pages stands in the file
 */
public record MappedRamLayout(List<Block> blocks, long end) {

    /** Where a writer puts pages: so that any file system and direct I/O can move them as they are. */
    private static final long PAGES_ALIGNMENT = 1 << 20;

    public MappedRamLayout {
        blocks = List.copyOf(blocks);
    }

    /** One block; {@code entryPosition} is where the length byte of its name stands in the file. */
    public record Block(RamBlockEntry entry, long entryPosition, MappedRamHeader header) {

        /** Bit i is page i, in little-endian words of 64 bits: set when the page is in the file, clear when it is zero. */
        public long bitmapBytes() {
            return MappedRamHeader.bitmapBytes(entry.lengthBytes());
        }

        /** The first byte after the pages: where the next entry, or what follows the list, stands. */
        public long pagesEnd() {
            return header.pagesOffset() + entry.lengthBytes();
        }

        private long entryEnd() {
            return entryPosition + entry.wireBytes() + MappedRamHeader.BYTES;
        }

        private static Block following(long position, RamBlockEntry entry) throws IOException {
            try {
                long bitmap = Math.addExact(position, (long) entry.wireBytes() + MappedRamHeader.BYTES);
                long bitmapEnd = Math.addExact(bitmap, MappedRamHeader.bitmapBytes(entry.lengthBytes()));
                long pages = Math.multiplyExact(Math.ceilDiv(bitmapEnd, PAGES_ALIGNMENT), PAGES_ALIGNMENT);
                Math.addExact(pages, entry.lengthBytes());
                return new Block(entry, position, new MappedRamHeader(bitmap, pages));
            } catch (ArithmeticException e) {
                throw new IOException("RAM block '%s' of %d bytes at byte %d: more than a file can hold"
                        .formatted(entry.name(), entry.lengthBytes(), position), e);
            }
        }
    }

    /**
     * The layout of a file whose first entry stands at {@code firstEntryPosition}, as QEMU would choose it.
     *
     * @throws IOException when no file can hold blocks of such lengths, which are the sender's word
     */
    public static MappedRamLayout of(List<RamBlockEntry> entries, long firstEntryPosition) throws IOException {
        var blocks = new ArrayList<Block>();
        long position = firstEntryPosition;
        for (RamBlockEntry entry : entries) {
            Block block = Block.following(position, entry);
            blocks.add(block);
            position = block.pagesEnd();
        }
        return new MappedRamLayout(blocks, position);
    }

    /** Checks of blocks read from a file, in the order of the list, that no byte belongs to two of them. */
    public static void checkDisjoint(List<Block> blocks) throws MalformedStreamException {
        long end = 0;
        for (Block block : blocks) {
            expectFrom(end, block.entryPosition(), "entry", block);
            expectFrom(block.entryEnd(), block.header().bitmapOffset(), "bitmap", block);
            expectFrom(block.entryEnd(), block.header().pagesOffset(), "pages", block);
            end = Math.max(block.pagesEnd(), block.header().bitmapOffset() + block.bitmapBytes());
        }
    }

    private static void expectFrom(long earliest, long position, String what, Block block)
            throws MalformedStreamException {
        if (position < earliest) {
            throw new MalformedStreamException("%s of RAM block '%s' at byte %d of the file, expected %d or later"
                    .formatted(what, block.entry().name(), position, earliest));
        }
    }
}
