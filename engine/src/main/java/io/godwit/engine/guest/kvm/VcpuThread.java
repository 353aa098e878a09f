package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.KvmExit;
import io.godwit.engine.linux.KvmVcpu;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.Signals;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Owns the platform thread that runs a vCPU.
 *
 * <pre>
 *             go                         requestStop, reset, crash
 *  standing ------> running in KVM_RUN --------------------------> standing
 *                       |   ^
 *        requestSleep   v   |  time is over
 *                      asleep
 * </pre>
 *
 * A vCPU stands only after a KVM_RUN that was interrupted: that one has completed what the last exit began, so the state is
 * the guest's between two instructions. To interrupt takes {@code immediate_exit}, for a thread on its way into the kernel,
 * and a signal, for one that is there already; the thread takes the former back itself, before it stands.
 */
final class VcpuThread implements AutoCloseable {
    /** What a vCPU's thread asks of the machine it belongs to. */
    interface Machine {
        /** Answers an exit by a port access. */
        Ports.Request access(KvmExit exit) throws IOException;

        /** A vCPU asked for a reset. It counts as standing; returns when the reset is done or not wanted any more. */
        void resetRequested();

        /** A vCPU cannot go on. It counts as standing, and does until the next reset. */
        void crashed(String reason);
    }

    private final KvmVcpu vcpu;
    private final Machine machine;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock; attention also tells the thread, between two runs, that it has to look at them.
    private int threadId;
    private boolean stopRequested = true;
    private boolean standing;
    private boolean crashed;
    private boolean resetRequested;
    private boolean closing;
    private long sleepNanos;
    private volatile boolean attention;

    /** {@code vcpu} is lent. Returns when the thread is there; it stands. */
    VcpuThread(KvmVcpu vcpu, Machine machine) throws IOException {
        this.vcpu = vcpu;
        this.machine = machine;
        Signals.ignoreWithNoop(Signals.KICK);
        thread = Thread.ofPlatform().name("vcpu-" + vcpu.index()).start(this::run);
        awaitStanding();
    }

    /** The host's id of the thread. */
    int threadId() {
        lock.lock();
        try {
            return threadId;
        } finally {
            lock.unlock();
        }
    }

    /** Asks it to stand; does not wait. */
    void requestStop() {
        lock.lock();
        try {
            stopRequested = true;
            changed.signalAll(); // it may be asleep
            kick();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it stands after {@link #requestStop}. Longer than some microseconds only if it waits for a page. */
    void awaitStanding() {
        lock.lock();
        try {
            while (!standing) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets it run, unless it crashed. */
    void go() {
        lock.lock();
        try {
            stopRequested = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes it stand still so long, once, if it runs. A stop ends the sleep. */
    void requestSleep(long nanos) {
        lock.lock();
        try {
            if (!standing) {
                sleepNanos = nanos;
                kick();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether it asked for a reset since the last call. */
    boolean takeResetRequest() {
        lock.lock();
        try {
            boolean requested = resetRequested;
            resetRequested = false;
            return requested;
        } finally {
            lock.unlock();
        }
    }

    /** After a reset, which only happens while it stands. */
    void forgetCrash() {
        lock.lock();
        try {
            crashed = false;
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held: a request set before this is seen by the thread, wherever it is. */
    private void kick() {
        if (!standing) {
            attention = true;
            vcpu.requestExit(true);
            try {
                NativeThread.signal(threadId, Signals.KICK);
            } catch (IOException e) {
                throw new IllegalStateException("vCPU " + vcpu.index() + " cannot be stopped", e);
            }
        }
    }

    private void run() {
        lock.lock();
        try {
            threadId = NativeThread.currentId();
        } finally {
            lock.unlock();
        }
        while (standUntilGo()) {
            runUntilStopped();
        }
    }

    /** Returns false when the thread is to end. */
    private boolean standUntilGo() {
        lock.lock();
        try {
            attention = false;
            sleepNanos = 0;
            vcpu.requestExit(false);
            standing = true;
            changed.signalAll();
            while ((stopRequested || crashed) && !closing) {
                changed.awaitUninterruptibly();
            }
            standing = closing; // who waits for one that ends need not wait
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    private void runUntilStopped() {
        try {
            while (true) {
                switch (vcpu.run()) {
                    case INTERRUPTED -> {
                        if (attention && !sleepAndGoOn()) {
                            return;
                        }
                    }
                    case EXIT -> {
                        if (!goesOnAfter(vcpu.exit())) {
                            return;
                        }
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            crash("vCPU " + vcpu.index() + ": " + e);
        }
    }

    /** Returns false when it is to stand. */
    private boolean sleepAndGoOn() {
        lock.lock();
        try {
            attention = false;
            vcpu.requestExit(false);
            while (sleepNanos > 0 && !stopRequested && !closing) {
                sleepNanos = changed.awaitNanos(sleepNanos);
            }
            return !stopRequested && !closing;
        } catch (InterruptedException e) {
            return true; // nobody interrupts these threads; if somebody does, the sleep is over
        } finally {
            lock.unlock();
        }
    }

    /** Returns false when it is to stand. */
    private boolean goesOnAfter(KvmExit exit) throws IOException {
        switch (exit.reason()) {
            case IO -> {
                if (machine.access(exit) == Ports.Request.RESET) {
                    reset();
                    return false;
                }
            }
            case MMIO -> exit.answerNobodyThere();
            case SHUTDOWN -> { // a triple fault
                reset();
                return false;
            }
            case FAIL_ENTRY, INTERNAL_ERROR, OTHER -> {
                crash("vCPU " + vcpu.index() + ": " + exit);
                return false;
            }
            case HLT, INTERRUPTED -> {
                // Halting is the kernel's business: go back there.
            }
        }
        return true;
    }

    private void reset() throws IOException {
        vcpu.requestExit(true);
        while (vcpu.run() != KvmVcpu.Outcome.INTERRUPTED) {
            // The access that asked for the reset is completed, lest it be completed in the new life.
        }
        countAsStanding(true, false);
        machine.resetRequested();
    }

    private void crash(String reason) {
        countAsStanding(false, true);
        machine.crashed(reason);
    }

    /** One step, so that whoever waits for it to stand also knows why it does. */
    private void countAsStanding(boolean forReset, boolean afterCrash) {
        lock.lock();
        try {
            resetRequested = forReset;
            crashed = afterCrash;
            standing = true;
            stopRequested = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread. Not from the thread itself. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            stopRequested = true;
            changed.signalAll();
            kick();
        } finally {
            lock.unlock();
        }
        NativeThread.join(thread);
    }
}
