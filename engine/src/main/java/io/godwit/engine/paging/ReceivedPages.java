package io.godwit.engine.paging;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import java.util.List;
import java.util.Optional;

/**
 * Which pages of all blocks have come. Before the postcopy phase one thread reads and writes it; then any thread asks, and
 * those that receive add.
 */
public final class ReceivedPages {
    private final List<Entry> entries;

    private record Entry(RamBlock block, PageBitmap received) {}

    /** Nothing has come yet. */
    public ReceivedPages(List<? extends RamBlock> blocks) {
        entries = blocks.stream().map(block -> new Entry(block, new PageBitmap(block.pages()))).toList();
    }

    public int blocks() {
        return entries.size();
    }

    public RamBlock block(int index) {
        return entries.get(index).block;
    }

    /** The bitmap of the block at {@code index}. */
    public PageBitmap bitmap(int index) {
        return entries.get(index).received;
    }

    /** Where the block of this name stands in the list. */
    public Optional<Integer> find(String name) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).block.name().equals(name)) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    /** Whether the page has come. */
    public boolean has(int block, long offset) {
        return entries.get(block).received.getShared(offset / RamBlock.PAGE_SIZE);
    }

    /** Pages have come and are in place. */
    void add(int block, long offset, long length) {
        entries.get(block).received.setRangeShared(offset / RamBlock.PAGE_SIZE, (offset + length) / RamBlock.PAGE_SIZE);
    }

    /** Refuses pages of which one has come before: what the guest has made of it would be lost. */
    void expectNew(int block, long offset, long length) throws MalformedStreamException {
        for (long at = offset; at < offset + length; at += RamBlock.PAGE_SIZE) {
            if (has(block, at)) {
                throw new MalformedStreamException(
                        "page at offset 0x%x of block '%s' comes twice, expected once in postcopy"
                                .formatted(at, block(block).name()));
            }
        }
    }

    /** All but the {@code present} pages are known to be zero, and need not come: where that is so of a whole page of memory. */
    public void areZeroBut(int block, PageBitmap present) {
        RamBlock of = block(block);
        long unit = of.memoryPageBytes() / RamBlock.PAGE_SIZE;
        for (long page = 0; page < of.pages(); page += unit) {
            if (present.nextSet(page, page + unit) < 0) {
                bitmap(block).setRange(page, page + unit);
            }
        }
    }

    /** Pages are thrown away and will come again. */
    public void remove(int block, long offset, long length) {
        entries.get(block).received.clearRange(offset / RamBlock.PAGE_SIZE, (offset + length) / RamBlock.PAGE_SIZE);
    }
}
