package io.godwit.engine.guest.workload;

/**
 * Where the guest's threads stand still. Each asks {@link #isOpen} between two touches, and comes to {@link #pass} when it
 * is not.
 */
final class RunGate {
    private int threads;
    private int moving;
    private long opened;
    private boolean abolished;
    private volatile boolean open;

    /** Closed, with {@code threads} on their way to it. */
    RunGate(int threads) {
        this.threads = threads;
        moving = threads;
    }

    boolean isOpen() {
        return open;
    }

    /** A thread stands still here until the gate is opened (again). False when it is to end. */
    synchronized boolean pass() {
        moving--;
        notifyAll();
        // Not "while closed": who is slow to wake may find it closed again, and has been counted as moving meanwhile.
        long seen = opened;
        while (opened == seen && !abolished) {
            waitUninterruptibly();
        }
        return !abolished;
    }

    /** A moving thread ends by an error and will not come again. */
    synchronized void lost() {
        threads--;
        moving--;
        notifyAll();
    }

    synchronized void open() {
        if (!open && !abolished) {
            open = true;
            opened++;
            moving = threads;
            notifyAll();
        }
    }

    synchronized void close() {
        open = false;
    }

    /** Returns when all threads stand still. Close the gate first. */
    synchronized void awaitStill() {
        while (moving > 0) {
            waitUninterruptibly();
        }
    }

    /** All threads end, now or when they come. */
    synchronized void abolish() {
        open = false;
        abolished = true;
        notifyAll();
    }

    private synchronized void waitUninterruptibly() {
        boolean interrupted = false;
        try {
            wait();
        } catch (InterruptedException e) {
            interrupted = true; // the callers look at their condition again
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
