package io.godwit.engine.paging;

/** A page of some block in one number, so that it can be noted without allocating. */
final class PageKey {
    /** No page. */
    static final long NONE = -1;

    private PageKey() {}

    static long of(int block, long offset) {
        return (long) block << 48 | offset >>> 12;
    }
}
