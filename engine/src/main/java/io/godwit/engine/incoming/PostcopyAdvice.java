package io.godwit.engine.incoming;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.paging.PagedRam;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A source's word that postcopy may follow, and what it says of RAM until then. RAM that is thrown away is received no longer.
 * One thread.
 */
final class PostcopyAdvice {
    private final long pageSizes;
    private final boolean runsHere;
    private @Nullable ReceivedPages received;
    private boolean discarded;

    /** @param runsHere whether the guest runs here, so that pages must be put in place under it */
    PostcopyAdvice(StreamCommand.PostcopyAdvise advise, boolean runsHere) throws IOException {
        if (advise.targetPageSize() != RamBlock.PAGE_SIZE) {
            throw new IncompatibleStreamException("the source has target pages of 0x%x bytes, expected 0x%x"
                    .formatted(advise.targetPageSize(), RamBlock.PAGE_SIZE));
        }
        if ((advise.pageSizes() & ~0x4020_1000L) != 0 || advise.pageSizes() == 0) {
            throw new MalformedStreamException("page sizes 0x%x in POSTCOPY_ADVISE, expected 4 KiB, 2 MiB or 1 GiB"
                    .formatted(advise.pageSizes()));
        }
        pageSizes = advise.pageSizes();
        this.runsHere = runsHere;
    }

    /** Reads a block list in which blocks of large pages tell their size: it stands there if it is one that was advised. */
    List<RamBlockEntry> readList(StreamInput in, long total) throws IOException {
        long large = pageSizes & ~(long) RamBlock.PAGE_SIZE;
        var reader = new RamBlockEntry.ListReader(in, total);
        var entries = new ArrayList<RamBlockEntry>();
        while (reader.hasNext()) {
            entries.add(reader.next());
            if (large != 0) {
                long next = in.peekU64();
                if (Long.bitCount(next) == 1 && (next & large) != 0) {
                    in.u64();
                }
            }
        }
        return entries;
    }

    /** These are the blocks: whatever is in them is given up. Nothing of them has come. */
    ReceivedPages blocksAre(List<? extends RamBlock> blocks) throws IOException {
        if (runsHere) {
            List<MemoryBlock> memory = memory(blocks);
            long own = 0;
            for (MemoryBlock block : memory) {
                own |= block.memory().pageSize();
            }
            if (own != pageSizes) {
                throw new IncompatibleStreamException(
                        "the source's RAM has pages of 0x%x bytes, this guest's 0x%x: postcopy needs the same (--ram)"
                                .formatted(pageSizes, own));
            }
            PagedRam.checkPossible(memory);
            for (MemoryBlock block : memory) {
                block.memory().discard(0, block.byteSize());
            }
        }
        var none = new ReceivedPages(blocks);
        received = none;
        return none;
    }

    /** The blocks of a guest that runs here. */
    static List<MemoryBlock> memory(List<? extends RamBlock> blocks) {
        return blocks.stream().map(MemoryBlock.class::cast).toList();
    }

    /** What has come; empty before the blocks are known. */
    Optional<ReceivedPages> received() {
        return Optional.ofNullable(received);
    }

    /** Throws ranges of a block away: they are still to come. */
    void discard(StreamCommand.PostcopyDiscard command) throws IOException {
        ReceivedPages all = received;
        if (all == null) {
            throw new MalformedStreamException("POSTCOPY_RAM_DISCARD before the RAM blocks have been listed");
        }
        int index = all.find(command.block()).orElseThrow(
                () -> new MalformedStreamException("POSTCOPY_RAM_DISCARD in unknown block '" + command.block() + "'"));
        if (!discarded) {
            discarded = true;
            for (int i = 0; i < all.blocks(); i++) {
                if (all.block(i) instanceof MemoryBlock block) {
                    block.memory().setHugePages(false); // they would bring neighbours along that are still to come
                }
            }
        }
        for (StreamCommand.Range range : command.ranges()) {
            discard(all, index, range);
        }
    }

    private void discard(ReceivedPages all, int index, StreamCommand.Range range) throws IOException {
        RamBlock block = all.block(index);
        long unit = runsHere && block instanceof MemoryBlock memory ? memory.memory().pageSize() : RamBlock.PAGE_SIZE;
        if (range.start() < 0 || range.length() <= 0 || range.length() > block.byteSize() - range.start()
                || range.start() % unit != 0 || range.length() % unit != 0) {
            throw new MalformedStreamException(
                    "POSTCOPY_RAM_DISCARD of 0x%x bytes at 0x%x of block '%s', expected pages of 0x%x within 0x%x"
                            .formatted(range.length(), range.start(), block.name(), unit, block.byteSize()));
        }
        if (block instanceof MemoryBlock memory) {
            memory.memory().discard(range.start(), range.length());
        } else {
            block.zero(range.start(), range.length());
        }
        all.remove(index, range.start(), range.length());
    }
}
