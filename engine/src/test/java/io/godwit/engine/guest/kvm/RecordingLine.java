package io.godwit.engine.guest.kvm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/** A serial line that keeps what the guest says. */
final class RecordingLine implements SerialLine {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final StringBuilder said = new StringBuilder();

    @Override
    public void send(int value) {
        lock.lock();
        try {
            said.append((char) value);
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onInput(IntConsumer receiver) {
        // Nobody types.
    }

    String said() {
        lock.lock();
        try {
            return said.toString();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until so many whole lines were said, and gives all of them. */
    List<String> awaitLines(int count) {
        await(text -> lines().size() >= count);
        return lines();
    }

    /** Waits until so many bytes were said. */
    void awaitBytes(int count) {
        await(text -> text.length() >= count);
    }

    void await(Predicate<String> enough) {
        long left = PATIENCE.toNanos();
        lock.lock();
        try {
            while (!enough.test(said.toString())) {
                if (left <= 0) {
                    throw new AssertionError("not enough after " + PATIENCE + ": " + said);
                }
                left = grown.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            lock.unlock();
        }
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(said().split("\r\n", -1)));
        lines.removeLast();
        return lines;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
