package io.godwit.daemon.qmp;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * An event that a guest can bring about as often as it likes: it is sent at once, and then at most once in each interval, with the value
 * that came last, as in QEMU. Any thread.
 */
final class ThrottledEvent {
    private final Duration interval;
    private final Executor later;
    private final LongConsumer send;
    private boolean resting;
    private boolean pending;
    private long last;

    /**
     * @param later runs what has waited for the interval's end; one that refuses, at the guest's end, loses it
     * @param send called with this one's lock held: in the order of the values
     */
    ThrottledEvent(Duration interval, Executor later, LongConsumer send) {
        this.interval = interval;
        this.later = later;
        this.send = send;
    }

    synchronized void happened(long value) {
        if (resting) {
            pending = true;
            last = value;
        } else {
            sendAndRest(value);
        }
    }

    private void sendAndRest(long value) {
        send.accept(value);
        resting = true;
        // What the executor at the end refuses nobody misses: the delay's own thread drops it.
        CompletableFuture.delayedExecutor(interval.toNanos(), TimeUnit.NANOSECONDS, later).execute(this::rested);
    }

    private synchronized void rested() {
        resting = false;
        if (pending) {
            pending = false;
            sendAndRest(last);
        }
    }
}
