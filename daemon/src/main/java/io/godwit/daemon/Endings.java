package io.godwit.daemon;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * Where the reason for the process's end is noted by whoever has one, and waited for by the main thread. The first one
 * counts.
 *
 * <p>
 * The JVM answers SIGTERM by running shutdown hooks and would exit with 143 while threads still run. So the hook notes the
 * signal, waits until the main thread has closed everything, and ends the process with the status of the ending.
 */
final class Endings {
    private final CompletableFuture<Ending> first = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile int exitStatus;
    private final Thread hook = new Thread(this::signalled, "signal");

    /** From now on a signal is an ending. */
    void listenToSignals() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Returns at once; may be called by any thread that must not wait. */
    void note(Ending ending) {
        first.complete(ending);
    }

    /** Waits for one. */
    Ending await() {
        return first.join();
    }

    /** Everything is closed: end the process. Does not return. */
    void exit(int status) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs, so there was a signal: System.exit would wait for it and it for us.
            first.complete(new Ending.Signal());
        }
        exitStatus = status;
        closed.countDown();
        System.exit(status);
    }

    private void signalled() {
        note(new Ending.Signal());
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(exitStatus);
    }
}
