package io.godwit.engine.postcopy;

import java.io.IOException;

/**
 * The pages around one that somebody waits for, which are likely to be wanted next: they follow it, when they are still to be
 * sent. Used again and again, by one thread.
 *
 * <pre>
 * |  window of 16 pages, 64 KiB  |  window ...
 *    n n n n n X n n n - - n n n       X asked for, n sent after it, - there already
 * </pre>
 */
final class Neighbours {
    /** An extent of a seal: as much has been read and verified for the page itself. */
    private static final long WINDOW = 16;

    private final PageRun window = new PageRun();
    private final PageRun run = new PageRun();

    /** Those of the pages in {@code asked}. */
    void around(PageRun asked) {
        long first = asked.first() & -WINDOW;
        long end = (asked.end() + WINDOW - 1) & -WINDOW;
        window.set(asked.block(), first, end - first);
    }

    /** Puts those that are unsent; returns how many. */
    long put(OwedPages owed, PageChannel out) throws IOException {
        long pages = 0;
        for (long from = window.first(); owed.takeUnsent(window, from, run); from = run.end()) {
            out.putOutOfTurn(run);
            pages += run.pages();
        }
        return pages;
    }
}
