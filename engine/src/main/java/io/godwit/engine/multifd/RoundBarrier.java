package io.godwit.engine.multifd;

import io.godwit.engine.channel.AbortedException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps rounds through RAM apart at the destination: a channel that met SYNC waits until the main channel has met its mark,
 * and the main one at its mark until every channel has met SYNC. Any thread.
 */
final class RoundBarrier {
    private final int channels;
    private int waiting;
    private int ended;
    private long round;
    private @Nullable Throwable failure;

    RoundBarrier(int channels) {
        this.channels = channels;
    }

    /** A channel has met SYNC; returns when the round is over. */
    synchronized void awaitNextRound() throws IOException {
        long mine = round;
        waiting++;
        notifyAll();
        await(() -> round != mine);
    }

    /** The main channel has met its mark; returns when all channels have met SYNC, and lets them go on. */
    synchronized void endRound() throws IOException {
        await(() -> waiting == channels || ended > 0);
        if (waiting < channels) {
            throw new IOException(ended + " of " + channels + " multifd channels ended before their SYNC");
        }
        waiting = 0;
        round++;
        notifyAll();
    }

    /** A channel has come to its end. */
    synchronized void channelEnded() {
        ended++;
        notifyAll();
    }

    /** Whoever waits or will wait fails; the first reason counts. */
    synchronized void fail(Throwable reason) {
        if (failure == null) {
            failure = reason;
        }
        notifyAll();
    }

    private synchronized void await(BooleanSupplier done) throws IOException {
        try {
            while (!done.getAsBoolean() && failure == null) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at the end of a round", e);
        }
        Optional<IOException> failed = failure();
        if (failed.isPresent()) {
            throw failed.get();
        }
    }

    /** What the first reason means to another thread. */
    synchronized Optional<IOException> failure() {
        return switch (failure) {
            case null -> Optional.empty();
            case AbortedException _ -> Optional.of(new AbortedException());
            case Throwable reason -> Optional.of(new IOException(String.valueOf(reason.getMessage()), reason));
        };
    }
}
