package io.godwit.engine.precopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * The sections of a RAM whose pages stand in them as records: cuts what is pending into sections and reports how far it is.
 * Owns what reads the pages. One thread.
 */
final class PageSections implements AutoCloseable {
    /** 16 MiB of pages in one section: long enough to cost nothing, short enough for a receiver that locks for each. */
    private static final int PAGES_PER_SECTION = 4096;
    private static final int PAGES_PER_REPORT = 256;

    private final StreamOutput out;
    private final RamFrame frame;
    private final Sender sender;
    private final LongConsumer progress;
    private final List<PageReader> readers = new ArrayList<>();
    private boolean postcopy;
    private BooleanSupplier enough = () -> false;

    /** What becomes of a page. */
    @FunctionalInterface
    interface Sender {

        /** Sends a page of {@code block}, which is the {@code index}th, or finds that it need not be sent. */
        void send(RamBlock block, int index, PageReader reader, long page) throws IOException;
    }

    /** @param progress told every few hundred pages, and at the end of each section, how many are left */
    PageSections(StreamOutput out, int sectionId, Sender sender, LongConsumer progress) {
        this.out = out;
        frame = new RamFrame(out, sectionId);
        this.sender = sender;
        this.progress = progress;
    }

    void sendStart(List<? extends RamBlock> blocks) throws IOException {
        blocks.forEach(block -> readers.add(block.reader()));
        frame.begin();
        if (postcopy) {
            RamFrame.writeListForPostcopy(out, blocks);
        } else {
            RamBlockEntry.writeList(out, RamFrame.entries(blocks));
        }
        frame.end();
    }

    /** As {@link RamSender#forPostcopy}. */
    void forPostcopy(BooleanSupplier wanted) {
        postcopy = true;
        enough = wanted;
    }

    void sendParts(PendingPages pending) throws IOException {
        long left = pending.count();
        while (left > 0 && !enough.getAsBoolean()) {
            frame.resume(SectionType.PART);
            left = sendSome(pending, left, PAGES_PER_SECTION, enough);
            frame.end();
        }
    }

    void sendEnd(PendingPages pending) throws IOException {
        frame.resume(SectionType.END);
        long left = sendSome(pending, pending.count(), Long.MAX_VALUE, () -> false);
        if (left != 0) {
            throw new IllegalStateException(left + " pages left over");
        }
        frame.end();
    }

    private long sendSome(PendingPages pending, long left, long atMost, BooleanSupplier stop) throws IOException {
        long most = atMost;
        long sent = 0;
        for (int i = 0; i < pending.blocks().size() && sent < most; i++) {
            RamBlock block = pending.blocks().get(i);
            PageBitmap bitmap = pending.bitmap(i);
            for (long page = bitmap.nextSet(0); page >= 0 && sent < most; page = bitmap.nextSet(page + 1)) {
                bitmap.clear(page);
                sender.send(block, i, readers.get(i), page);
                if (++sent % PAGES_PER_REPORT == 0) {
                    progress.accept(left - sent);
                    most = stop.getAsBoolean() ? sent : most;
                }
            }
        }
        progress.accept(left - sent);
        return left - sent;
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
    }
}
