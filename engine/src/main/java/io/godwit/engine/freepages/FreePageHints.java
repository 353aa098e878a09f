package io.godwit.engine.freepages;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Where a guest tells which pages it does not need, for migrations to leave them out. The shape is that of virtio-balloon's
 * free page hinting.
 *
 * <pre>
 *  migration                                  guest
 *  start      command id n     ------------>  looks for free pages, keeps them from being used
 *             takes them out   &lt;------------  report(n, pages) *
 *                              &lt;------------  finished(n)
 *  stop       command id STOP                 a report for n counts no more
 *  dirty log is read
 *  start      command id n + 1 ------------>  ...
 *  done       command id DONE  ------------>  uses its free pages again
 * </pre>
 *
 * What makes it safe is the order. A report takes a page out of what is listed to be sent, never out of the dirty log: when the
 * guest writes it afterwards, the next reading of the log lists it again. A report that were taken after that reading would undo
 * it; so there is none: the log is read between {@link #stop} and {@link #start} alone, and what was reported before and
 * not taken is forgotten.
 *
 * <p>A guest whose pages were left out finds in them, at the other side, anything: what was there before, or zero.
 *
 * <p>Who stops the guest for an instant instead of passing over its memory asks once, and takes what was reported and not written since
 * when it stands still: a background snapshot by its write protection, a move to another process by a dirty log.
 *
 * <p>Any thread. A lock for each report, which is a range.
 */
public final class FreePageHints {
    /** The command id while nothing is to be reported, and what was reported is still to be kept from being used. */
    public static final int STOP = 0;
    /** The command id while no migration is interested: free pages may be used. */
    public static final int DONE = 1;
    /** How long a guest is worth waiting for that is to stand still then: one that looks a hundred times a second answers within. */
    private static final long PATIENCE_NANOS = 100_000_000;

    private static final int FIRST_ID = 0x8000_0000;

    private final PendingPages reported;
    private final Runnable bell;
    private int lastId = FIRST_ID | ThreadLocalRandom.current().nextInt(1 << 16);
    private volatile int commandId = DONE;
    private volatile boolean offered;
    private boolean finished;
    private long reports;
    private long lateReports;
    private long withheldPages;

    /**
     * @param blocks the guest's RAM
     * @param bell rung, by whatever thread, when there is another command id; one that polls needs none
     */
    public FreePageHints(List<? extends RamBlock> blocks, Runnable bell) {
        reported = new PendingPages(blocks);
        this.bell = bell;
    }

    /** Whether {@code commandId} asks for reports. */
    public static boolean isStart(int commandId) {
        return commandId < 0;
    }

    /** The guest's side: it knows how to report. Nobody asks one that never said so. */
    public void offer() {
        offered = true;
    }

    public boolean isOffered() {
        return offered;
    }

    /** The guest's side: what it is asked for now. */
    public int commandId() {
        return commandId;
    }

    /**
     * The guest's side: it does not need {@code pages} pages from {@code first} on of the block at {@code block}, and has not
     * since before this call. Of a large page of memory all must be free, or it stays.
     *
     * @param id for which command it is; one that is over is ignored
     * @throws IllegalArgumentException when there are no such pages
     */
    public void report(int id, int block, long first, long pages) {
        check(block, first, pages);
        long unit = reported.blocks().get(block).memoryPageBytes() / RamBlock.PAGE_SIZE;
        synchronized (this) {
            if (id != commandId || !isStart(id)) {
                lateReports++;
                return;
            }
            reports++;
            reported.bitmap(block).setRange(Math.ceilDiv(first, unit) * unit, (first + pages) / unit * unit);
        }
    }

    private void check(int block, long first, long pages) {
        if (block < 0 || block >= reported.blocks().size()) {
            throw new IllegalArgumentException(
                    "free pages in block " + block + ", there are " + reported.blocks().size());
        }
        long end = reported.blocks().get(block).pages();
        if (first < 0 || pages < 0 || first > end || pages > end - first) {
            throw new IllegalArgumentException("%s free pages from page %s of block '%s', which has %d".formatted(
                    Long.toUnsignedString(pages), Long.toUnsignedString(first),
                    reported.blocks().get(block).name(), end));
        }
    }

    /** The guest's side: it has reported all that it wanted to for command {@code id}. */
    public synchronized void finished(int id) {
        finished |= id == commandId;
        notifyAll();
    }

    /** The migration's side: asks for reports. What is listed to be sent was listed by a reading of the log before this. */
    public void start() {
        synchronized (this) {
            forget();
            lastId = lastId == -1 ? FIRST_ID : lastId + 1;
            commandId = lastId;
        }
        bell.run();
    }

    /** The migration's side: no report that comes after this counts, nor one that was not taken. */
    public synchronized void stop() {
        forget();
        commandId = STOP;
    }

    /** The migration's side: it is over, whatever became of it. */
    public void done() {
        synchronized (this) {
            forget();
            commandId = DONE;
        }
        bell.run();
    }

    private void forget() {
        finished = false;
        for (int i = 0; i < reported.blocks().size(); i++) {
            reported.bitmap(i).clearAll();
        }
    }

    /** The migration's side: whether the guest has said that it has no more to report. */
    public synchronized boolean isFinished() {
        return finished;
    }

    /** The migration's side: {@link #start}, and returns when the guest has no more to report, or after a moment. */
    public void ask() {
        start();
        awaitFinished();
    }

    private synchronized void awaitFinished() {
        long end = System.nanoTime() + PATIENCE_NANOS;
        try {
            for (long left = PATIENCE_NANOS; !finished && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does; and to go on with what there is does no harm
        }
    }

    /**
     * The migration's side: takes what has been reported out of {@code pending}, and out of {@code listed} as well, which is
     * what the other side is to have at the end.
     *
     * @return how many pages were taken out
     */
    public synchronized long withhold(PendingPages pending, PendingPages listed) {
        long count = 0;
        for (int i = 0; i < reported.blocks().size(); i++) {
            PageBitmap free = reported.bitmap(i);
            free.retain(pending.bitmap(i));
            count += free.cardinality();
            pending.bitmap(i).remove(free);
            listed.bitmap(i).remove(free);
            free.clearAll();
        }
        withheldPages += count;
        return count;
    }

    /** Numbers since the guest was made. */
    public synchronized Counts counts() {
        return new Counts(reports, lateReports, withheldPages);
    }

    /**
     * What has come of reports.
     *
     * @param reports ranges that were reported in time
     * @param lateReports ranges that were not, and counted for nothing
     * @param withheldPages pages that were taken out of what was to be sent
     */
    public record Counts(long reports, long lateReports, long withheldPages) {}
}
