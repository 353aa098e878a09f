package io.godwit.engine.paging;

import java.util.Arrays;
import java.util.List;

/**
 * How long a guest's vCPUs have waited for pages, each of them and all at once: QEMU's postcopy-blocktime. Any thread;
 * allocates nothing while pages come.
 */
public final class Blocktime {
    private static final int UNKNOWN = -1;

    private final int[] threads;
    /** The page that a vCPU waits for; {@link PageKey#NONE} while it does not. */
    private final long[] waitsFor;
    private final long[] since;
    private final long[] nanos;
    private int waiting;
    private long allSince;
    private long allNanos;

    /** @param threads the host thread of each vCPU */
    public Blocktime(List<Integer> threads) {
        this.threads = threads.stream().mapToInt(Integer::intValue).toArray();
        waitsFor = new long[this.threads.length];
        since = new long[this.threads.length];
        nanos = new long[this.threads.length];
        Arrays.fill(waitsFor, PageKey.NONE);
    }

    private int vcpuOf(int thread) {
        for (int i = 0; i < threads.length; i++) {
            if (threads[i] == thread) {
                return i;
            }
        }
        return UNKNOWN;
    }

    /** A thread waits for a page from now on; nothing happens when it is no vCPU's. */
    synchronized void begin(int thread, long page, long now) {
        int vcpu = vcpuOf(thread);
        if (vcpu == UNKNOWN || waitsFor[vcpu] == page) {
            return;
        }
        if (waitsFor[vcpu] != PageKey.NONE) {
            over(vcpu, now); // it has had its page for a moment, of which nobody has told yet
        }
        waitsFor[vcpu] = page;
        since[vcpu] = now;
        if (++waiting == threads.length) {
            allSince = now;
        }
    }

    /** The page is there: whoever waited for it goes on. */
    synchronized void end(long page, long now) {
        for (int vcpu = 0; vcpu < threads.length; vcpu++) {
            if (waitsFor[vcpu] == page) {
                over(vcpu, now);
            }
        }
    }

    private void over(int vcpu, long now) {
        waitsFor[vcpu] = PageKey.NONE;
        nanos[vcpu] += now - since[vcpu];
        if (waiting-- == threads.length) {
            allNanos += now - allSince;
        }
    }

    /** How long each vCPU has waited, those that are still at it not counted. */
    public synchronized List<Long> vcpuNanos() {
        return Arrays.stream(nanos).boxed().toList();
    }

    /** For how long all of them waited at the same time. */
    public synchronized long allNanos() {
        return allNanos;
    }
}
