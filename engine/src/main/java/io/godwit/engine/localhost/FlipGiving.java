package io.godwit.engine.localhost;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Pipe;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.LocalhostMessage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Flip, the source's side: pages go through one pipe, and if need be come back through another. Owns both. */
final class FlipGiving implements RamGiving {
    private static final int PIPE_BYTES = 1 << 20;

    private final Pipe there;
    private final Pipe back;
    private final HeldPages held;
    private final Patience patience;
    private final TransferCounters counters;
    private long pages;
    private boolean begun;
    private boolean ended;

    /** Opens the pipes; the rest is lent. */
    FlipGiving(List<MemoryBlock> blocks, Patience patience, TransferCounters counters) throws IOException {
        held = new HeldPages(blocks);
        this.patience = patience;
        this.counters = counters;
        there = Pipe.open();
        try {
            back = Pipe.open();
        } catch (IOException e) {
            there.close();
            throw e;
        }
        try {
            there.setCapacity(PIPE_BYTES);
            back.setCapacity(PIPE_BYTES);
            there.writer().setNonBlocking(true);
            back.reader().setNonBlocking(true);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    @Override
    public List<Fd> descriptors() {
        return List.of(there.reader(), back.writer());
    }

    /** Only the other side has its ends from now on, so that the pipes tell when it has gone. */
    @Override
    public void descriptorsSent() {
        there.reader().close();
        back.writer().close();
    }

    @Override
    public Optional<UnneededPages> ask(Guest guest) throws IOException {
        return UnneededPages.ask(guest);
    }

    @Override
    public void list(Optional<UnneededPages> unneeded) throws IOException {
        held.addTouched();
        counters.setUntouched(held.blocks().stream().mapToLong(RamBlock::pages).sum() - held.count());
        if (unneeded.isPresent()) {
            counters.addHinted(held.leave(unneeded.get()));
        }
        pages = held.count();
        counters.setPages(0, 0, pages);
    }

    @Override
    public void give() throws IOException {
        patience.seeThrough();
        begun = true;
        try (var giver = new PageGiver(there.writer(), patience, this::gone)) {
            giver.give(held, false);
        }
        ended = true;
        if (patience.isAbortWanted()) {
            throw new AbortedException();
        }
    }

    private void gone(long bytes) {
        counters.addBytes(bytes);
        long given = counters.normalPages() + bytes / RamBlock.PAGE_SIZE;
        counters.setPages(given, 0, pages - given);
    }

    @Override
    public void takeBack(Link link) throws IOException {
        if (!begun || held.count() == pages) {
            return;
        }
        if (!ended) {
            throw new IOException("pages are on both sides, and the pipe between them is broken");
        }
        link.send(new LocalhostMessage.GiveBack());
        try (var taker = new PageTaker(back.reader(), patience, counters::addBytes)) {
            taker.take(held);
        }
        if (held.count() != pages) {
            throw new IOException("%d of %d pages have not come back".formatted(pages - held.count(), pages));
        }
    }

    @Override
    public void close() {
        there.close();
        back.close();
    }
}
