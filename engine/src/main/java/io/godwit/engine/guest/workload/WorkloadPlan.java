package io.godwit.engine.guest.workload;

import io.godwit.engine.ram.RamBlock;

/**
 * What a workload does: fill pages once, then write some of them again and again. Each thread has a part of its own:
 *
 * <pre>
 * page  0 ............. fillPages ............ end of RAM
 *       [  thread 0  |  thread 1  ][  zero   ]
 *       [#####.......|#####.......]             # its part of the working set, at the start of its part of the fill
 * </pre>
 *
 * @param pagesPerSecond how many pages of the working set all threads together write; 0 for none
 */
public record WorkloadPlan(int threads, long fillPages, long dirtyPages, long pagesPerSecond) {
    static final int MAX_THREADS = 256;
    static final long MAX_PAGES_PER_SECOND = 1_000_000_000;

    public WorkloadPlan {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "workload of " + threads + " threads, 1 to " + MAX_THREADS + " expected");
        }
        if (fillPages < 0 || dirtyPages < 0 || dirtyPages > fillPages) {
            throw new IllegalArgumentException(
                    "workload that dirties " + dirtyPages + " pages of " + fillPages + " filled");
        }
        if (pagesPerSecond < 0 || pagesPerSecond > MAX_PAGES_PER_SECOND) {
            throw new IllegalArgumentException("workload of " + pagesPerSecond + " pages per second, 0 to "
                    + MAX_PAGES_PER_SECOND + " expected");
        }
    }

    /** From sizes in bytes, which count as whole pages only. */
    public static WorkloadPlan ofBytes(int threads, long fillBytes, long dirtyBytes, long pagesPerSecond) {
        return new WorkloadPlan(threads, fillBytes / RamBlock.PAGE_SIZE, dirtyBytes / RamBlock.PAGE_SIZE,
                pagesPerSecond);
    }

    /** One thread's pages: {@code fillPages} from {@code firstPage} on, the first {@code dirtyPages} of them again and again. */
    record Part(long firstPage, long fillPages, long dirtyPages) {}

    Part part(int thread) {
        return new Part(fillPages / threads * thread + Math.min(thread, fillPages % threads), share(fillPages, thread),
                share(dirtyPages, thread));
    }

    /** The first threads take one more: so no thread's share of few is larger than its share of many. */
    private long share(long pages, int thread) {
        return pages / threads + (thread < pages % threads ? 1 : 0);
    }

    /** Nanoseconds from one touch of a thread to its next, unthrottled. */
    double touchIntervalNanos() {
        return 1e9 * threads / pagesPerSecond;
    }
}
