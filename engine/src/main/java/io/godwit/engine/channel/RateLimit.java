package io.godwit.engine.channel;

import io.godwit.engine.linux.Poll;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Holds a writer to so many bytes a second, in windows of 100 ms. The limit is asked for anew in each window, so a change
 * takes effect at once. One thread.
 */
public final class RateLimit implements AutoCloseable {
    private static final long WINDOW_NANOS = 100_000_000;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;
    private static final long WINDOWS_PER_SECOND = 10;

    private final LongSupplier bytesPerSecond;
    private final Abort abort;
    private final Poll poll;
    private long windowBegan = System.nanoTime();
    private long usedInWindow;
    private boolean lifted;

    /** @param bytesPerSecond the limit; 0 for none */
    public RateLimit(LongSupplier bytesPerSecond, Abort abort) {
        this.bytesPerSecond = bytesPerSecond;
        this.abort = abort;
        poll = abort.poll();
    }

    /** From now on no limit: the guest stands still and waits for us. */
    public void lift() {
        lifted = true;
    }

    /** Waits until so many bytes may go. */
    public void takeAll(long bytes) throws IOException {
        for (long left = bytes; left > 0;) {
            left -= take(left);
        }
    }

    /** How many of {@code wanted} bytes may go now, at least 1; waits until some may. */
    long take(long wanted) throws IOException {
        while (true) {
            long limit = lifted ? 0 : bytesPerSecond.getAsLong();
            if (limit == 0) {
                return wanted;
            }
            long now = System.nanoTime();
            if (now - windowBegan >= WINDOW_NANOS) {
                windowBegan = now;
                usedInWindow = 0;
            }
            long left = Math.max(1, Long.divideUnsigned(limit, WINDOWS_PER_SECOND)) - usedInWindow;
            if (left > 0) {
                long taken = Math.min(wanted, left);
                usedInWindow += taken;
                return taken;
            }
            poll.awaitAbort(1 + (windowBegan + WINDOW_NANOS - now) / NANOS_PER_MILLISECOND);
            abort.check();
        }
    }

    @Override
    public void close() {
        poll.close();
    }
}
