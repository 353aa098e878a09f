package io.godwit.engine.snapshot;

import io.godwit.engine.linux.SparseBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Pages that the guest wanted to write, put aside until they are saved: a ring of bounded size, into which one thread puts,
 * and out of which one at a time saves. Owns its memory, which takes room only as far as it was ever full. No lock is taken
 * for a page; who finds it full, or empty at the end, waits.
 *
 * <pre>
 *        saved: free again |  put aside  | reserved, being copied |  free
 *                          ^ tail         ^ head
 * </pre>
 */
final class Aside implements AutoCloseable {
    /** Most of what a guest can write while a slow disk takes a second. */
    private static final long BYTES = 64L << 20;
    /** So much is saved at once, at most: room is free again when it is. */
    private static final long SAVED_BYTES = 1 << 20;
    /** As many runs as pages have room. */
    private static final int ENTRIES = 1 << 14;

    private final SparseBuffer memory;
    private final int[] blocks = new int[ENTRIES];
    private final long[] offsets = new long[ENTRIES];
    private final long[] lengths = new long[ENTRIES];
    /** Where an entry's pages begin, on an endless band of which the memory is one turn. */
    private final long[] places = new long[ENTRIES];
    private final ReentrantLock saving = new ReentrantLock();
    /** Bytes of the band that were ever used, and given back. */
    private volatile long used;
    private volatile long freed;
    /** Entries that were ever put, and saved. */
    private volatile long head;
    private volatile long tail;
    private volatile int waiting;
    private volatile boolean complete;
    private volatile boolean abandoned;

    Aside() throws IOException {
        memory = SparseBuffer.of(BYTES);
    }

    /** Where {@link #reserve} makes room. */
    MemorySegment buffer() {
        return memory.segment();
    }

    /** Whether there is room for more than what is most urgent. */
    boolean hasPlenty() {
        return used - freed < BYTES / 2;
    }

    /**
     * Makes room for {@code length} bytes, waiting for it if need be; returns where in the buffer, or -1 when it was abandoned.
     * They are put aside by {@link #put}, before anything else is reserved.
     */
    long reserve(long length) {
        long place = used;
        if (place % BYTES + length > BYTES) {
            used = place + BYTES - place % BYTES; // a run is in one piece
        }
        while (!hasRoom(length)) {
            if (abandoned) {
                return -1;
            }
            await(() -> hasRoom(length) || abandoned);
        }
        return used % BYTES;
    }

    private boolean hasRoom(long length) {
        return used + length - freed <= BYTES && head - tail < ENTRIES;
    }

    /** What was reserved is filled with pages of a block. */
    void put(int block, long offset, long length) {
        long number = head;
        int entry = (int) (number % ENTRIES);
        blocks[entry] = block;
        offsets[entry] = offset;
        lengths[entry] = length;
        long place = used;
        places[entry] = place;
        used = place + length;
        head = number + 1; // by one thread only; who sees it sees the entry
        wake();
    }

    /** Saves what has been put aside so far, unless another thread is at that. */
    void saveTo(SnapshotImage image) throws IOException {
        if (head == tail || !saving.tryLock()) {
            return;
        }
        try {
            while (tail != head) {
                saveRun(image);
            }
        } finally {
            saving.unlock();
        }
    }

    /** Neighbours in the block that are neighbours here as well go out as one. */
    private void saveRun(SnapshotImage image) throws IOException {
        int first = (int) (tail % ENTRIES);
        long end = tail + 1;
        long length = lengths[first];
        for (; end < head && length < SAVED_BYTES && continues((int) (end % ENTRIES), first, length); end++) {
            length += lengths[(int) (end % ENTRIES)];
        }
        image.save(blocks[first], offsets[first], memory.segment(), places[first] % BYTES, length);
        freed = places[first] + length;
        tail = end;
        wake();
    }

    private boolean continues(int entry, int first, long length) {
        return blocks[entry] == blocks[first] && offsets[entry] == offsets[first] + length
                && places[entry] == places[first] + length && places[entry] % BYTES != 0;
    }

    /** Waits until there is something to save, or nothing will come any more. */
    void awaitSome() {
        await(() -> head != tail || complete || abandoned);
    }

    /** Everything that ever will be put aside has been. Any thread. */
    void complete() {
        complete = true;
        wake();
    }

    /** Whoever waits goes on; nothing more has to be put aside. */
    void abandon() {
        abandoned = true;
        wake();
    }

    private interface Condition {
        boolean holds();
    }

    private synchronized void await(Condition condition) {
        boolean interrupted = false;
        waiting = waiting + 1; // before looking: who changes something looks at this after it
        while (!condition.holds()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // nobody interrupts these threads to stop them: what is abandoned ends the wait
            }
        }
        waiting = waiting - 1;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void wake() {
        if (waiting > 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Nobody may be putting or saving any more. */
    @Override
    public void close() {
        memory.close();
    }
}
