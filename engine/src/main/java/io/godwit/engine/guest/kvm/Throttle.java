package io.godwit.engine.guest.kvm;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Owns the thread that slows the vCPUs down: each runs 10 ms, then sleeps until that is the wanted share of the time. There
 * is a thread only while there is something to do.
 */
final class Throttle implements AutoCloseable {
    static final int MAX_PERCENT = 99;
    private static final long RUN_NANOS = 10_000_000;

    private final List<VcpuThread> vcpus;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int percent;
    private boolean closed;
    private boolean threadRuns;

    /** @param vcpus lent */
    Throttle(List<VcpuThread> vcpus) {
        this.vcpus = vcpus;
    }

    /** How long a vCPU sleeps after 10 ms to stand still {@code percent} of the time. */
    static long sleepNanos(int percent) {
        return RUN_NANOS * percent / (100 - percent);
    }

    void set(int wanted) {
        if (wanted < 0 || wanted > MAX_PERCENT) {
            throw new IllegalArgumentException("throttle " + wanted + " %, expected 0 to " + MAX_PERCENT);
        }
        lock.lock();
        try {
            percent = wanted;
            changed.signalAll();
            if (wanted > 0 && !threadRuns && !closed) {
                threadRuns = true;
                Thread.ofPlatform().name("vcpu-throttle").start(this::run);
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        lock.lock();
        try {
            while (percent > 0) {
                if (await(RUN_NANOS)) {
                    long sleep = sleepNanos(percent);
                    vcpus.forEach(vcpu -> vcpu.requestSleep(sleep));
                    await(sleep);
                }
            }
        } finally {
            threadRuns = false;
            changed.signalAll();
            lock.unlock();
        }
    }

    /** Whether the time went by without {@link #percent} becoming 0. */
    private boolean await(long nanos) {
        try {
            for (long left = nanos; left > 0 && percent > 0;) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            percent = 0; // nobody does; if somebody did, the thread should end
        }
        return percent > 0;
    }

    /** Ends the thread. Idempotent. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            percent = 0;
            changed.signalAll();
            while (threadRuns) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
