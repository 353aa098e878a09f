package io.godwit.engine.postcopy;

/**
 * What the destination has asked for and has not been looked at yet, in the order in which it asked. A ring that allocates
 * nothing; who adds to a full one waits, so that a destination that asks faster than it reads is not read from. Any thread.
 */
final class PageRequests {
    /** A destination asks once for each thread that waits there: of vCPUs there are at most some hundreds. */
    private static final int CAPACITY = 1024;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private final int[] blocks = new int[CAPACITY];
    private final long[] firsts = new long[CAPACITY];
    private final long[] pages = new long[CAPACITY];
    private final long[] times = new long[CAPACITY];
    private int head;
    private volatile int count;
    private volatile boolean closed;
    private boolean answering;

    /** Adds one; waits while there is no room. After {@link #close} it is thrown away. */
    synchronized void add(int block, long first, long howMany) {
        try {
            while (count == CAPACITY && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            interrupted();
        }
        if (!closed) {
            put(block, first, howMany);
        }
    }

    /** Adds one if there is room: for what may be forgotten. */
    synchronized void offer(PageRun wanted) {
        if (!closed && count < CAPACITY) {
            put(wanted.block(), wanted.first(), wanted.pages());
        }
    }

    private synchronized void put(int block, long first, long howMany) {
        int at = (head + count) % CAPACITY;
        blocks[at] = block;
        firsts[at] = first;
        pages[at] = howMany;
        times[at] = System.nanoTime();
        count = count + 1;
        notifyAll();
    }

    /** Takes the oldest; false when there is none. */
    boolean poll(PageRun into) {
        return count > 0 && take(into); // looked at between all background pages: no lock for nothing
    }

    private synchronized boolean take(PageRun into) {
        if (count == 0) {
            return false;
        }
        into.set(blocks[head], firsts[head], pages[head]);
        into.askedAt(times[head]);
        head = (head + 1) % CAPACITY;
        count = count - 1;
        answering = true;
        notifyAll();
        return true;
    }

    /** All that was taken has been answered. */
    synchronized void answered() {
        answering = false;
        notifyAll();
    }

    /** Waits until everything so far has been taken and answered, or {@link #close}. */
    synchronized void awaitAnswered() {
        try {
            while ((count > 0 || answering) && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            interrupted();
        }
    }

    /** Waits until there is one, or {@link #close}, or for so long; returns whether it is still open. */
    synchronized boolean awaitOne(long nanos) {
        long began = System.nanoTime();
        try {
            for (long left = nanos; count == 0 && !closed && left > 0; left = nanos - (System.nanoTime() - began)) {
                wait(1 + left / NANOS_PER_MILLISECOND);
            }
        } catch (InterruptedException e) {
            interrupted();
        }
        return !closed;
    }

    /** Nobody interrupts these threads to stop them; if somebody does, they stop. */
    private void interrupted() {
        close();
        Thread.currentThread().interrupt();
    }

    boolean isClosed() {
        return closed;
    }

    /** Nobody waits any more, here or later. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
