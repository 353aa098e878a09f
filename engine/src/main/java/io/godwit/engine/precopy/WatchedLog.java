package io.godwit.engine.precopy;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.PendingPages;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest's dirty log that is looked at within a pass too, so that while the first one is sent it is known how long the others
 * will be. What is seen then is kept for the pass's end. Owns the log and the thread {@code dirty-looks}.
 */
final class WatchedLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedLog.class);
    private static final double FIRST_LOOK_SECONDS = 0.1;
    private static final double LEAST_SECONDS_BETWEEN = 0.2;
    /** A look costs the guest a fault for each page it took that is written again: some 2 microseconds, and that a twentieth of its time at the most. */
    private static final double SECONDS_BETWEEN_FOR_A_PAGE = 20 * 2e-6;
    private static final int TURN_MILLIS = 25;

    private final DirtyLog log;
    private final TransferCounters counters;
    /** In this pass so far. */
    private final PendingPages seen;
    /** By the latest look alone. */
    private final PendingPages fresh;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = Thread.ofPlatform().name("dirty-looks").unstarted(this::lookNowAndThen);

    /**
     * Takes the log over, and does not look by itself yet.
     *
     * @param like of the blocks that the log is of; lent for the call
     */
    WatchedLog(DirtyLog log, PendingPages like, TransferCounters counters) {
        this.log = log;
        this.counters = counters;
        seen = new PendingPages(like.blocks());
        fresh = new PendingPages(like.blocks());
    }

    /** Looks at each pass from now on, until {@link #endLooks}. */
    void beginLooks() {
        thread.start();
    }

    /** Adds all that has been written since the last call, or since the start. */
    synchronized void take(PendingPages into) throws IOException {
        log.takeDirty(into);
        into.add(seen);
        seen.clear();
    }

    /** So many different pages have been written in the time since the pass began. */
    synchronized void note(long pages, double seconds) {
        counters.setDirtyRate((long) (pages / seconds));
        counters.setWrites(counters.writes().with(seconds, (double) pages * RamRecord.PAGE_BYTES));
    }

    private void lookNowAndThen() {
        long pass = 0;
        double next = 0;
        try {
            while (!over.await(TURN_MILLIS, TimeUnit.MILLISECONDS)) {
                if (counters.passes() != pass) {
                    pass = counters.passes();
                    next = FIRST_LOOK_SECONDS;
                }
                if (counters.passSeconds() >= next) {
                    next = counters.passSeconds() + look(pass);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("what the guest writes within a pass cannot be seen: {}", e.getMessage());
        }
    }

    /** Seconds until another is worth its while. */
    private synchronized double look(long pass) throws IOException {
        if (counters.passes() != pass || over.getCount() == 0) {
            return 0;
        }
        long again;
        try {
            log.takeEarly(fresh);
        } finally {
            again = fresh.count();
            seen.add(fresh);
            fresh.clear();
        }
        note(seen.count(), counters.passSeconds());
        return Math.max(LEAST_SECONDS_BETWEEN, again * SECONDS_BETWEEN_FOR_A_PAGE);
    }

    /** The passes are over: nobody but {@link #take} reads the log any more. */
    void endLooks() {
        over.countDown();
        NativeThread.join(thread);
    }

    @Override
    public void close() {
        endLooks();
        log.close();
    }
}
