package io.godwit.engine.postcopy;

/** Some pages of one block: what a request asks for, or what is to be sent next. Used again and again, by one thread. */
final class PageRun {
    private int block;
    private long first;
    private long pages;
    private long askedAt;

    void set(int block, long first, long pages) {
        this.block = block;
        this.first = first;
        this.pages = pages;
    }

    /** When it was asked for, by {@link System#nanoTime}. */
    void askedAt(long nanoTime) {
        askedAt = nanoTime;
    }

    /** How long ago it was asked for. */
    long nanosSinceAsked() {
        return System.nanoTime() - askedAt;
    }

    /** Index of the block. */
    int block() {
        return block;
    }

    /** Number of the first page in the block. */
    long first() {
        return first;
    }

    /** How many. */
    long pages() {
        return pages;
    }

    /** The first page behind it. */
    long end() {
        return first + pages;
    }
}
