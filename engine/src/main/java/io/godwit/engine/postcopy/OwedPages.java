package io.godwit.engine.postcopy;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.util.List;

/**
 * Which pages the destination does not have: those that are sent without being asked for, and those that were never touched,
 * which read as zero there at the end, but are answered when asked for. Each is given out once, to whoever takes it first. Any
 * thread; a lock for each run of pages.
 *
 * <p>Of a large page of memory all pages are missing or none: over there they can only come together.
 */
final class OwedPages {
    private final List<RamBlock> blocks;
    /** Everything that was ever touched. */
    private final PendingPages touched;
    private final PendingPages missing;
    /** Of what is missing, what was touched. */
    private final PendingPages unsent;
    private long unsentCount;
    private int nextBlock;
    private long nextPage;

    /**
     * @param pending what was touched and is not there yet as it is now
     * @param touched everything that was ever touched; kept
     */
    OwedPages(PendingPages pending, PendingPages touched) {
        this.touched = touched;
        blocks = pending.blocks();
        missing = new PendingPages(blocks);
        unsent = new PendingPages(blocks);
        unsent.add(pending);
        missing.addAll();
        for (int i = 0; i < blocks.size(); i++) {
            missing.bitmap(i).remove(touched.bitmap(i));
        }
        missing.add(pending);
        for (int i = 0; i < blocks.size(); i++) {
            if (missing.bitmap(i).nextSet(0) < 0) { // a QEMU that is told to discard nothing hangs
                missing.bitmap(i).set(0);
                unsent.bitmap(i).set(0);
            }
            completeLargePages(i);
        }
        unsentCount = unsent.count();
    }

    /**
     * The guest has gone on: adds what is pending now, which is all that was and more. Returns those of the pages that were not
     * missing before, and have to be thrown away, too. Only while nobody takes anything.
     */
    PendingPages add(PendingPages pending) {
        var more = new PendingPages(blocks);
        more.add(pending);
        for (int i = 0; i < blocks.size(); i++) {
            if (unit(i) > 1) {
                complete(more.bitmap(i), unit(i));
            }
        }
        unsent.add(more);
        more.remove(missing);
        missing.add(more);
        unsentCount = unsent.count();
        return more;
    }

    private void completeLargePages(int block) {
        if (unit(block) > 1) {
            complete(missing.bitmap(block), unit(block));
            // Of a large page that is not needed as a whole a part may have been sent, and is thrown away with the rest.
            var thrownAway = new PageBitmap(missing.bitmap(block).pages());
            thrownAway.or(missing.bitmap(block));
            thrownAway.retain(touched.bitmap(block));
            unsent.bitmap(block).or(thrownAway);
            complete(unsent.bitmap(block), unit(block));
        }
    }

    private static void complete(PageBitmap bitmap, long unit) {
        for (long page = bitmap.nextSet(0); page >= 0;) {
            long begin = page - page % unit;
            bitmap.setRange(begin, begin + unit);
            page = bitmap.nextSet(begin + unit);
        }
    }

    /** Pages of the stream in a page of a block's memory. */
    private long unit(int block) {
        return blocks.get(block).memoryPageBytes() / RamBlock.PAGE_SIZE;
    }

    List<RamBlock> blocks() {
        return blocks;
    }

    /** Index of the block of that name, or -1. */
    int indexOf(String name) {
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** What is missing, at first at least a page of each block; only while nobody takes anything. */
    PendingPages missing() {
        return missing;
    }

    /** Pages that are still to be sent without being asked for. */
    synchronized long left() {
        return unsentCount;
    }

    /**
     * Takes the first run of missing pages among those of {@code request}, whole pages of memory, from {@code from} on; false when there is none, as what
     * was asked for is on its way.
     */
    synchronized boolean takeRequested(PageRun request, long from, PageRun into) {
        PageBitmap bitmap = missing.bitmap(request.block());
        long first = bitmap.nextSet(from, request.end());
        if (first < 0) {
            return false;
        }
        long end = bitmap.nextClear(first, request.end());
        take(request.block(), first, end, into);
        nextBlock = request.block(); // what is needed next is likely to be near
        nextPage = end;
        return true;
    }

    /**
     * Takes the first run of pages among those of {@code window} from {@code from} on that are to be sent unasked; false when there is none, and where
     * memory has large pages, which come as a whole.
     */
    synchronized boolean takeUnsent(PageRun window, long from, PageRun into) {
        PageBitmap bitmap = unsent.bitmap(window.block());
        long limit = Math.min(window.end(), bitmap.pages());
        long first = unit(window.block()) > 1 || from >= limit ? -1 : bitmap.nextSet(from, limit);
        if (first < 0) {
            return false;
        }
        take(window.block(), first, bitmap.nextClear(first, limit), into);
        return true;
    }

    /** Takes so many pages, or a large one, of those that nobody has asked for; false when there are none left. */
    synchronized boolean takeNext(long most, PageRun into) {
        for (int tried = 0; tried <= blocks.size(); tried++) { // the first block twice: its beginning comes last
            PageBitmap bitmap = unsent.bitmap(nextBlock);
            long first = bitmap.nextSet(nextPage);
            if (first >= 0) {
                long end = bitmap.nextClear(first, first + Math.max(most, unit(nextBlock)));
                take(nextBlock, first, end, into);
                nextPage = end;
                return true;
            }
            nextBlock = (nextBlock + 1) % blocks.size();
            nextPage = 0;
        }
        return false;
    }

    private void take(int block, long first, long end, PageRun into) {
        PageBitmap bitmap = unsent.bitmap(block);
        for (long page = bitmap.nextSet(first, end); page >= 0; page = bitmap.nextSet(page + 1, end)) {
            unsentCount--;
        }
        bitmap.clearRange(first, end);
        missing.bitmap(block).clearRange(first, end);
        into.set(block, first, end - first);
    }

    /** After a recovery: a block is what {@code received} has not, as what was under way is lost. Pages taken before count no more. */
    synchronized void lacksAllBut(int block, PageBitmap received) {
        PageBitmap lacking = missing.bitmap(block);
        lacking.setRange(0, lacking.pages());
        lacking.remove(received);
        PageBitmap again = unsent.bitmap(block);
        again.clearAll();
        again.or(touched.bitmap(block));
        again.remove(received);
        completeLargePages(block);
        unsentCount = unsent.count();
    }
}
