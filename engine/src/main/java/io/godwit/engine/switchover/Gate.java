package io.godwit.engine.switchover;

import java.util.concurrent.CountDownLatch;

/** Where a migration with pause-before-switchover waits for the operator. Opens once, for good. Any thread. */
public final class Gate {
    private final CountDownLatch opened = new CountDownLatch(1);

    /** Closed. */
    public Gate() {}

    /** Lets the migration go on, to its switchover or, after an abort, to its end. */
    public void open() {
        opened.countDown();
    }

    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                opened.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // nobody interrupts this thread to stop it: an abort opens the gate
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
