package io.godwit.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Keeps threads that carry out commands from doing so until it is closed. The threads are lent. One thread. */
final class Stillness implements AutoCloseable {
    private final CountDownLatch over = new CountDownLatch(1);
    private final Duration patience;

    /** @param patience for a command that is being carried out */
    Stillness(Duration patience) {
        this.patience = patience;
    }

    /**
     * Returns when the thread has come to the end of what it does, and does nothing from there on.
     *
     * @param whose commands it carries out, for the user
     * @throws IOException when it has not within the time; it is not held then
     */
    void hold(String whose, ExecutorService thread) throws IOException {
        var held = new CountDownLatch(1);
        thread.execute(() -> {
            held.countDown();
            awaitUninterruptibly(over);
        });
        try {
            if (!held.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("a command of %s has not come to its end for %d s".formatted(whose,
                        patience.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the end of a command of " + whose, e);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Everything goes on. Idempotent. */
    @Override
    public void close() {
        over.countDown();
    }
}
