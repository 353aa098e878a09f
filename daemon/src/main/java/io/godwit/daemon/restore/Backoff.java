package io.godwit.daemon.restore;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How long to wait between two tries: longer each time, and no longer than until the end. One thread; any may end it. */
final class Backoff {
    private static final long FIRST_MILLIS = 10;
    private static final long LONGEST_MILLIS = 2000;

    private final CountDownLatch end = new CountDownLatch(1);
    private long millis = FIRST_MILLIS;

    /** Tries are worth while again at once. */
    void renew() {
        millis = FIRST_MILLIS;
    }

    /** Waits for the next try; whether there is to be none. */
    boolean isOverAfterPause() {
        long pause = millis;
        millis = Math.min(2 * millis, LONGEST_MILLIS);
        return isOverAfter(pause);
    }

    /** Waits for so long, or for the end; whether that has come. */
    boolean isOverAfter(long pauseMillis) {
        try {
            return end.await(pauseMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    boolean isOver() {
        return end.getCount() == 0;
    }

    void end() {
        end.countDown();
    }
}
