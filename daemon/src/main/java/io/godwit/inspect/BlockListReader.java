package io.godwit.inspect;

import io.godwit.protocol.mappedram.MappedRamHeader;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the block list, whose entries have up to three fields more than a name and a length.
 *
 * <pre>
 * str8 name, be64 length
 * [be64 page size]       after a POSTCOPY_ADVISE that speaks of huge pages, for the blocks that have them
 * [be64 guest address]   with x-ignore-shared
 * [28 bytes header]      with mapped-ram; the next entry stands at the end of this block's pages
 * </pre>
 */
final class BlockListReader {
    private static final int PAGE_SIZE = 4096;
    /** More than any machine has: no file with holes may keep us counting bits for ever. */
    private static final long MAX_BYTES = 1L << 46;

    private final FileInput in;
    private final BlockTable blocks;
    private final RamListener listener;
    private final Place place;
    private Set<Capability> capabilities = Set.of();
    private long pageSizes = PAGE_SIZE;

    BlockListReader(FileInput in, BlockTable blocks, RamListener listener, Place place) {
        this.in = in;
        this.blocks = blocks;
        this.listener = listener;
        this.place = place;
    }

    void configuredAs(Configuration configuration) {
        capabilities = configuration.capabilities();
    }

    /** The sum of the blocks' page sizes, as POSTCOPY_ADVISE has it. */
    void advised(long pageSizes) {
        this.pageSizes = pageSizes;
    }

    /** Reads entries up to the total, whose record stands at {@code at}. */
    void read(long at, long total) throws IOException {
        if (total <= 0 || total > MAX_BYTES) {
            throw DamagedException.unexpected(at, "total of the block list", Long.toUnsignedString(total) + " bytes",
                    "1 to " + MAX_BYTES);
        }
        var list = new RamBlockEntry.ListReader(in, total);
        for (int i = 0; list.hasNext(); i++) {
            long position = in.position();
            place.enter("entry " + i + " of the block list", position);
            RamBlockEntry entry = list.next();
            if (pageSizes != PAGE_SIZE && isPageSize(in.peekU64())) {
                in.u64();
            }
            if (capabilities.contains(Capability.IGNORE_SHARED)) {
                in.u64();
            }
            if (capabilities.contains(Capability.MAPPED_RAM)) {
                readMapped(position, entry);
            } else {
                blocks.add(entry);
            }
            listener.listed(entry);
        }
        MappedRamLayout.checkDisjoint(blocks.mapped());
    }

    /** Neither a name, which is never empty, nor a record, which has flags, reads as one. */
    private boolean isPageSize(long value) {
        return value > PAGE_SIZE && Long.bitCount(value) == 1 && (value & pageSizes) != 0;
    }

    private void readMapped(long position, RamBlockEntry entry) throws IOException {
        OptionalLong size = in.size();
        if (size.isEmpty()) {
            throw new IOException(
                    "a mapped-ram file cannot be read through a pipe: its pages and bitmaps lie at places "
                            + "of their own");
        }
        var header = MappedRamHeader.read(in, entry.name(), entry.lengthBytes(), size.getAsLong());
        var block = new MappedRamLayout.Block(entry, position, header);
        blocks.addMapped(block);
        in.seek(block.pagesEnd());
    }
}
