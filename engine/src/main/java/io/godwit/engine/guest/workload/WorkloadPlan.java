package io.godwit.engine.guest.workload;

import io.godwit.engine.ram.RamBlock;

/**
 * What a workload does: fill pages once, run a memory hog to its end, then write some of the filled pages again and again. Each
 * thread has a part of its own:
 *
 * <pre>
 * page  0 ............. fillPages .............. + hogPages ... end of RAM
 *       [  thread 0  |  thread 1  ][  thread 0  |  thread 1  ][  zero   ]
 *       [#####.......|#####.......]                # its part of the working set, at the start of its part of the fill
 * </pre>
 *
 * @param hogPages pages that are written once, after the fill, and are free from then on: what they hold does not matter
 * @param pagesPerSecond how many pages of the working set all threads together write; 0 for none
 */
public record WorkloadPlan(int threads, long fillPages, long hogPages, long dirtyPages, long pagesPerSecond) {
    static final int MAX_THREADS = 256;
    static final long MAX_PAGES_PER_SECOND = 1_000_000_000;

    public WorkloadPlan {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "workload of " + threads + " threads, 1 to " + MAX_THREADS + " expected");
        }
        if (hogPages < 0) {
            throw new IllegalArgumentException("workload with a hog of " + hogPages + " pages");
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

    /** Without a hog. */
    public WorkloadPlan(int threads, long fillPages, long dirtyPages, long pagesPerSecond) {
        this(threads, fillPages, 0, dirtyPages, pagesPerSecond);
    }

    /** From sizes in bytes, which count as whole pages only. */
    public static WorkloadPlan ofBytes(int threads, long fillBytes, long hogBytes, long dirtyBytes,
            long pagesPerSecond) {
        return new WorkloadPlan(threads, fillBytes / RamBlock.PAGE_SIZE, hogBytes / RamBlock.PAGE_SIZE,
                dirtyBytes / RamBlock.PAGE_SIZE, pagesPerSecond);
    }

    /**
     * One thread's pages: {@code fillPages} from {@code firstPage} on, the first {@code dirtyPages} of them again and again, and
     * {@code hogPages} from {@code firstHogPage} on.
     */
    record Part(long firstPage, long fillPages, long firstHogPage, long hogPages, long dirtyPages) {}

    Part part(int thread) {
        return new Part(before(fillPages, thread), share(fillPages, thread), fillPages + before(hogPages, thread),
                share(hogPages, thread), share(dirtyPages, thread));
    }

    /** Pages that are filled or the hog's. */
    long usedPages() {
        return fillPages + hogPages;
    }

    private long before(long pages, int thread) {
        return pages / threads * thread + Math.min(thread, pages % threads);
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
