package io.godwit.daemon.qmp;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many requests of one client are taken: {@value #AT_ONCE} at once, and {@value #PER_SECOND} a second in the long run. That is
 * far beyond what management asks, and leaves most of a processor to the guests when a client never stops. One thread.
 */
final class RequestRate {
    static final int PER_SECOND = 2000;
    static final int AT_ONCE = 4000;
    private static final long NANOS_PER_REQUEST = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    /** Looking again for one request at a time would cost more than the requests. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LongSupplier nanoClock;
    private long last;
    private long credit = AT_ONCE * NANOS_PER_REQUEST;

    /** @param nanoClock as {@link System#nanoTime} */
    RequestRate(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        last = nanoClock.getAsLong();
    }

    /** Whether one more may be taken. */
    boolean allows() {
        long now = nanoClock.getAsLong();
        credit = Math.min(AT_ONCE * NANOS_PER_REQUEST, credit + now - last);
        last = now;
        return credit >= NANOS_PER_REQUEST;
    }

    /** One has been taken. */
    void count() {
        credit -= NANOS_PER_REQUEST;
    }

    /** How long to take none, once none is allowed. */
    static long pauseNanos() {
        return PAUSE_NANOS;
    }
}
