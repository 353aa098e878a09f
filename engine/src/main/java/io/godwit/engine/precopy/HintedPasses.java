package io.godwit.engine.precopy;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The passes of a guest that may say meanwhile which pages it does not need: those are left out. A pass is sent in slices then,
 * small ones at first, for as long as the guest may have more to say. The migration thread.
 */
final class HintedPasses {
    /** 16 MiB: what is sent while a guest that is asked wakes up. */
    private static final long FIRST_SLICE_PAGES = 4096;
    private static final long MOST_SLICE_PAGES = 32 * FIRST_SLICE_PAGES;

    private final Source source;
    private final RamSender pages;
    private final PendingPages pending;
    private final PendingPages listed;
    private final @Nullable FreePageHints hints;
    private final PendingPages slice;
    private boolean asking;

    /**
     * @param pending what the present pass has to send
     * @param listed what the other side is to have at the end
     */
    HintedPasses(Source source, RamSender pages, PendingPages pending, PendingPages listed) {
        this.source = source;
        this.pages = pages;
        this.pending = pending;
        this.listed = listed;
        hints = source.guest().freePages().flatMap(FreePages::offeredHints).orElse(null);
        slice = new PendingPages(pending.blocks());
    }

    /** What is pending has been listed: the guest may say what of it need not be sent. One that stands still says nothing. */
    void start() {
        if (hints != null && source.run().state() == RunState.RUNNING) {
            hints.start();
            asking = true;
        }
    }

    /** The dirty log is about to be read: what the guest says now comes too late. */
    void stop() {
        if (hints != null && asking) {
            hints.stop();
            asking = false;
        }
    }

    /** The guest may do with its free pages as it likes. */
    void done() {
        if (hints != null) {
            hints.done();
        }
    }

    /** Sends what is pending, but for what the guest does not need. Comes back early as {@link RamSender#sendParts} does. */
    void send() throws IOException {
        if (hints != null && asking) {
            sendSlices(hints);
        }
        pages.sendParts(pending);
    }

    private void sendSlices(FreePageHints from) throws IOException {
        withhold(from);
        long size = FIRST_SLICE_PAGES;
        while (pending.count() > size && !from.isFinished() && !source.postcopy().isUttered()) {
            pending.moveFirst(size, slice);
            source.counters().setBehind(pending.count());
            pages.sendSome(slice);
            pending.add(slice); // of a pass that was left
            slice.clear();
            size = Math.min(2 * size, MOST_SLICE_PAGES);
            withhold(from);
        }
        source.counters().setBehind(0);
        withhold(from); // it may have finished since the last look
    }

    private void withhold(FreePageHints from) {
        source.counters().addHinted(from.withhold(pending, listed));
    }
}
