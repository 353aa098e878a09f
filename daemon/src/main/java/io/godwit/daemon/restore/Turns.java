package io.godwit.daemon.restore;

import io.godwit.protocol.qapi.RestoreOrder;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many restores have their turn at a time. Guests are started by as many as there are processors: more would all run later,
 * and none sooner. What another process has left is gone on with by ten, each until it is whole. Any thread.
 */
final class Turns {
    private static final int RECOVERIES = 10;
    /** After so long a restore starts without: a QEMU that hangs holds up nobody for good. */
    private static final long MOST_SECONDS = 1;

    private final Semaphore starts = new Semaphore(Runtime.getRuntime().availableProcessors(), true);
    private final Semaphore recoveries = new Semaphore(RECOVERIES, true);

    /** Had by one restore. One thread. */
    static final class Turn implements AutoCloseable {
        private final Semaphore places;
        private final boolean recovery;
        private boolean taken;

        private Turn(Semaphore places, boolean recovery, boolean taken) {
            this.places = places;
            this.recovery = recovery;
            this.taken = taken;
        }

        /** Whether it is had until the guest is whole, and not just until it runs. Who sends nothing unasked may never end. */
        boolean lastsToTheEnd(RestoreOrder order) {
            return recovery && order != RestoreOrder.ON_DEMAND;
        }

        /** Lets the next one have it. Idempotent. */
        @Override
        public void close() {
            if (taken) {
                taken = false;
                places.release();
            }
        }
    }

    /** Waits until a guest may be started. */
    Turn awaitStart() {
        try {
            return new Turn(starts, false, starts.tryAcquire(MOST_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Turn(starts, false, false);
        }
    }

    /** Waits until something left may be gone on with. */
    Turn awaitRecovery() {
        recoveries.acquireUninterruptibly();
        return new Turn(recoveries, true, true);
    }

    /** So many who wait need do so no more: they find that all is over. */
    void end(int waiting) {
        starts.release(waiting);
        recoveries.release(waiting);
    }
}
