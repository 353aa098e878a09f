package io.godwit.engine.freepages;

import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a guest gives memory back that it does not need, at any time: the host has it from then on. The guest does not use a page
 * from before {@link #report} is called until it has returned; then it may, by writing it first, and finds anything in it until then.
 *
 * <pre>
 *  guest                                     host
 *  does not use pages
 *  report(pages)   ---------------------->   gives their memory back, then notes them as written
 *                  &lt;----------------------
 *  uses them again, if it likes
 * </pre>
 *
 * They are noted as written, and after the memory is gone: whoever reads them by a dirty log had what they held before, or zeros, and
 * reads again. So a file and its seal agree, and what a migration sends is what there is. Nothing is given back while somebody
 * {@linkplain MemoryBlock#keepContent keeps} the content: a background snapshot, which saves pages as they were, and RAM whose
 * pages are still to come.
 *
 * <p>Any thread. A system call for each report, which is a range.
 */
public final class FreePageReporting {
    private static final Logger LOG = LoggerFactory.getLogger(FreePageReporting.class);

    private final List<MemoryBlock> blocks;
    private final Written written;
    private final LongAdder reports = new LongAdder();
    private final LongAdder keptReports = new LongAdder();
    private final LongAdder returnedPages = new LongAdder();

    /** Notes pages for the dirty log, if there is one. Any thread. */
    public interface Written {
        void note(MemoryBlock block, long first, long pages);
    }

    /** @param blocks the guest's RAM */
    public FreePageReporting(List<MemoryBlock> blocks, Written written) {
        this.blocks = List.copyOf(blocks);
        this.written = written;
    }

    /**
     * Gives {@code pages} pages from {@code first} on of the block at {@code block} back. Where the kernel refuses, or somebody keeps
     * them, they stay as they are.
     *
     * @throws IndexOutOfBoundsException when there are no such pages
     */
    public void report(int block, long first, long pages) {
        MemoryBlock ram = blocks.get(block);
        if (first < 0 || pages < 0 || first > ram.pages() || pages > ram.pages() - first) {
            throw new IndexOutOfBoundsException(
                    "%d pages from page %d of block '%s', which has %d".formatted(pages, first,
                            ram.name(), ram.pages()));
        }
        reports.increment();
        long returned = giveBack(ram, first * RamBlock.PAGE_SIZE, pages * RamBlock.PAGE_SIZE) / RamBlock.PAGE_SIZE;
        if (returned > 0) {
            returnedPages.add(returned);
            written.note(ram, first, returned);
        } else {
            keptReports.increment();
        }
    }

    private static long giveBack(MemoryBlock ram, long offset, long length) {
        try {
            return ram.giveBack(offset, length);
        } catch (IOException e) {
            LOG.debug("{} bytes at {} of block '{}' stay: {}", length, offset, ram.name(), e.getMessage());
            return 0;
        }
    }

    /** Numbers since the guest was made. */
    public Counts counts() {
        return new Counts(reports.sum(), keptReports.sum(), returnedPages.sum());
    }

    /**
     * What has come of reports.
     *
     * @param reports ranges that were reported
     * @param keptReports those of them of which nothing was given back
     * @param returnedPages pages that were, each time they were
     */
    public record Counts(long reports, long keptReports, long returnedPages) {}
}
