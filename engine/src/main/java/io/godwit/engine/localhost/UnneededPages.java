package io.godwit.engine.localhost;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.Optional;

/**
 * What a guest that runs says it does not need, to be left behind when it stands still: all that it reports meanwhile and does not write
 * before it stands. Owns the dirty log that shows the latter. One thread.
 */
final class UnneededPages implements AutoCloseable {
    private final FreePageHints hints;
    private final DirtyLog log;

    private UnneededPages(FreePageHints hints, DirtyLog log) {
        this.hints = hints;
        this.log = log;
    }

    /** Asks a guest that runs, and waits for its answer for a moment. Empty for one that tells nothing. */
    static Optional<UnneededPages> ask(Guest guest) throws IOException {
        Optional<FreePageHints> offered = guest.freePages().flatMap(FreePages::offeredHints);
        if (offered.isEmpty()) {
            return Optional.empty();
        }
        DirtyLog log = guest.startDirtyLog();
        FreePageHints hints = offered.get();
        hints.ask();
        return Optional.of(new UnneededPages(hints, log));
    }

    /** Takes them out of {@code held}, the guest standing still. Returns how many they were. */
    long takeOutOf(PendingPages held) throws IOException {
        long before = held.count();
        var written = new PendingPages(held.blocks());
        for (int i = 0; i < held.blocks().size(); i++) {
            RamBlock block = held.blocks().get(i);
            log.takeDirty(block, written.bitmap(i));
            written.bitmap(i).retain(held.bitmap(i));
        }
        hints.withhold(held, held);
        held.add(written);
        return before - held.count();
    }

    @Override
    public void close() {
        hints.done();
        log.close();
    }
}
