package io.godwit.engine.postcopy;

import io.godwit.engine.ram.RamBlock;

/**
 * In which order pages go out that nobody has asked for. Made for one migration, whose thread asks for the next ones; only
 * {@link #push} may come from any thread.
 */
public final class PushOrder {
    /** Hears which pages were asked for and had not been sent: called by whoever sends them, one thread at a time. */
    @FunctionalInterface
    public interface Listener {

        /**
         * A page that was asked for goes out.
         *
         * @param page counted from the start of the block that is number {@code block}
         */
        void asked(int block, long page);
    }

    private final int[] blocks;
    private final long[] pages;
    private final Listener listener;
    private volatile boolean pushes;
    private int next;

    private PushOrder(int[] blocks, long[] pages, Listener listener, boolean pushes) {
        this.blocks = blocks;
        this.pages = pages;
        this.listener = listener;
        this.pushes = pushes;
    }

    /** As they lie, from where something was asked for last. */
    public static PushOrder linear() {
        return new PushOrder(new int[0], new long[0], (block, page) -> {}, true);
    }

    /** None, until {@link #push}: the destination gets what it asks for. */
    public static PushOrder onlyAsked(Listener listener) {
        return new PushOrder(new int[0], new long[0], listener, false);
    }

    /**
     * Certain pages first, then the others as they lie. Pages that are not there are passed over.
     *
     * @param blocks by its number in the block list, the block of each
     * @param pages and the page in that block; as many, and neither is changed any more
     */
    public static PushOrder first(int[] blocks, long[] pages, Listener listener) {
        if (blocks.length != pages.length) {
            throw new IllegalArgumentException(blocks.length + " blocks for " + pages.length + " pages");
        }
        return new PushOrder(blocks, pages, listener, true);
    }

    /** From now on pages go out unasked, so that the destination becomes whole. */
    public void push() {
        pushes = true;
    }

    /** Somebody has asked for the pages of a run, and gets them. */
    void asked(PageRun run) {
        for (long page = run.first(); page < run.end(); page++) {
            listener.asked(run.block(), page);
        }
    }

    /** Whether there are pages left that come first. */
    boolean knows() {
        return pushes && next < pages.length;
    }

    /** Takes some that are still owed, as they lie; false when there are none to be sent unasked now. */
    boolean takeNext(OwedPages owed, long most, PageRun into) {
        return pushes && owed.takeNext(most, into);
    }

    /** Takes the next one of those that come first, a page or a large one, if it is still owed; false when there are no more. */
    boolean takeListed(OwedPages owed, PageRun into) {
        while (pushes && next < pages.length) {
            int at = next++;
            if (takeListed(owed, blocks[at], pages[at], into)) {
                return true;
            }
        }
        return false;
    }

    private static boolean takeListed(OwedPages owed, int block, long page, PageRun into) {
        if (block < 0 || block >= owed.blocks().size() || page < 0 || page >= owed.blocks().get(block).pages()) {
            return false;
        }
        long unit = owed.blocks().get(block).memoryPageBytes() / RamBlock.PAGE_SIZE;
        into.set(block, page - page % unit, unit);
        return owed.takeRequested(into, into.first(), into);
    }

    /** Whether pages that are still owed are to be waited for until somebody asks for them. */
    boolean holdsBack(OwedPages owed) {
        return !pushes && owed.left() > 0;
    }
}
