package io.godwit.engine.guest.workload;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where the guest's threads stand still. Each asks {@link #isOpen} between two touches, and comes to {@link #pass} when it
 * is not.
 */
final class RunGate {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
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
    boolean pass() {
        lock.lock();
        try {
            moving--;
            changed.signalAll();
            // Not "while closed": who is slow to wake may find it closed again, and has been counted as moving meanwhile.
            long seen = opened;
            while (opened == seen && !abolished) {
                changed.awaitUninterruptibly();
            }
            return !abolished;
        } finally {
            lock.unlock();
        }
    }

    /** A moving thread ends by an error and will not come again. */
    void lost() {
        lock.lock();
        try {
            threads--;
            moving--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void open() {
        lock.lock();
        try {
            if (!open && !abolished) {
                open = true;
                opened++;
                moving = threads;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            open = false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when all threads stand still. Close the gate first. */
    void awaitStill() {
        lock.lock();
        try {
            while (moving > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** All threads end, now or when they come. */
    void abolish() {
        lock.lock();
        try {
            open = false;
            abolished = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
