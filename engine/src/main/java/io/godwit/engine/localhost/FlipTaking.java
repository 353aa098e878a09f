package io.godwit.engine.localhost;

import io.godwit.engine.linux.AccessMode;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.util.List;

/** Flip, the destination's side. Owns its ends of the pipes. */
final class FlipTaking implements RamTaking {
    private static final int ENDS = 2;

    private final HeldPages held;
    private final Patience patience;
    private final TransferCounters counters;
    private List<Fd> ends = List.of();
    private boolean kept;

    FlipTaking(List<MemoryBlock> blocks, Patience patience, TransferCounters counters) {
        held = new HeldPages(blocks);
        this.patience = patience;
        this.counters = counters;
    }

    @Override
    public void begin(List<Fd> descriptors) throws IOException {
        ends = descriptors;
        if (descriptors.size() != ENDS) {
            throw new MalformedStreamException("%d descriptors, expected the ends of two pipes".formatted(
                    descriptors.size()));
        }
        for (Fd end : descriptors) {
            FileKind kind = end.kind();
            if (kind != FileKind.FIFO) {
                throw new MalformedStreamException("a descriptor of a %s, expected that of a pipe".formatted(kind));
            }
            end.setNonBlocking(true);
        }
        check(ends.getFirst(), AccessMode.READ_ONLY);
        check(ends.getLast(), AccessMode.WRITE_ONLY);
    }

    /** Memory is never given to a pipe of which pages are expected: that would be the source's to read. */
    private static void check(Fd end, AccessMode expected) throws IOException {
        AccessMode mode = end.accessMode();
        if (mode != expected) {
            throw new MalformedStreamException("an end of a pipe that is %s, expected %s".formatted(mode, expected));
        }
    }

    @Override
    public void take() throws IOException {
        try (var taker = new PageTaker(ends.getFirst(), patience, counters::addBytes)) {
            taker.take(held);
        }
        counters.setPages(held.count(), 0, 0);
    }

    @Override
    public void giveBack() throws IOException {
        try (var giver = new PageGiver(ends.getLast(), patience, counters::addBytes)) {
            giver.give(held, true);
        }
    }

    @Override
    public void keep() {
        kept = true;
    }

    @Override
    public void close() {
        ends.forEach(Fd::close);
        if (!kept) {
            held.blocks().forEach(OwnMemory::renew);
        }
    }
}
