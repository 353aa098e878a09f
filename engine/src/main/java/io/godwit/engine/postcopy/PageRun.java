package io.godwit.engine.postcopy;

/** Some pages of one block: what a request asks for, or what is to be sent next. Used again and again, by one thread. */
final class PageRun {
    private int block;
    private long first;
    private long pages;

    void set(int block, long first, long pages) {
        this.block = block;
        this.first = first;
        this.pages = pages;
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
