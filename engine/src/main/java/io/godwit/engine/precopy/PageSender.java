package io.godwit.engine.precopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Sends pages as records of the RAM section. A page is copied into the staging buffer once, then judged and sent from
 * there, so that what was judged zero is what was sent; a page that the guest changes later is in the dirty log. Allocates
 * nothing per page. One thread.
 */
public final class PageSender implements RamSender {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final StreamOutput out;
    private final TransferCounters counters;
    private final PageRecords records;
    private final PageSections sections;

    public PageSender(StreamOutput out, int sectionId, TransferCounters counters) {
        this.out = out;
        this.counters = counters;
        records = new PageRecords(out);
        sections = new PageSections(out, sectionId, this::send, this::report);
    }

    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        sections.sendStart(blocks);
    }

    @Override
    public void forPostcopy(BooleanSupplier wanted) {
        sections.forPostcopy(wanted);
    }

    @Override
    public void sendParts(PendingPages pending) throws IOException {
        sections.sendParts(pending);
    }

    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        sections.sendEnd(pending);
    }

    /** Writes a record for each of {@code zeros}, of pages that are known to be zero, into the section that is open. */
    public void writeZeros(PendingPages zeros) throws IOException {
        for (int i = 0; i < zeros.blocks().size(); i++) {
            PageBitmap bitmap = zeros.bitmap(i);
            for (long page = bitmap.nextSet(0); page >= 0; page = bitmap.nextSet(page + 1)) {
                bitmap.clear(page);
                records.begin(zeros.blocks().get(i));
                records.endZero(page * PAGE_SIZE);
            }
        }
    }

    private void send(RamBlock block, int index, PageReader reader, long page) throws IOException {
        long offset = page * PAGE_SIZE;
        reader.read(offset, out.buffer(), records.begin(block));
        records.endPage(offset);
    }

    private void report(long left) {
        counters.setPages(records.normalPages(), records.zeroPages(), left);
    }

    @Override
    public void close() {
        sections.close();
    }
}
