package io.godwit.engine.precopy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends pages as records of the RAM section. A page is copied into the staging buffer once, then judged and sent from
 * there, so that what was judged zero is what was sent; a page that the guest changes later is in the dirty log. Allocates
 * nothing per page. One thread.
 */
public final class PageSender implements RamSender {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** 16 MiB of pages in one section: long enough to cost nothing, short enough for a receiver that locks for each. */
    private static final int PAGES_PER_SECTION = 4096;
    private static final int PAGES_PER_REPORT = 256;
    /** A record without a page: flags, the longest name, a byte. */
    private static final int SMALL_RECORD = 8 + 1 + 255 + 1;

    private final StreamOutput out;
    private final RamFrame frame;
    private final TransferCounters counters;
    private final List<PageReader> readers = new ArrayList<>();
    private @Nullable RamBlock named;
    private long normalPages;
    private long zeroPages;
    private BooleanSupplier enough = () -> false;

    public PageSender(StreamOutput out, int sectionId, TransferCounters counters) {
        this.out = out;
        frame = new RamFrame(out, sectionId);
        this.counters = counters;
    }

    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        blocks.forEach(block -> readers.add(block.reader()));
        frame.begin();
        RamBlockEntry.writeList(out, RamFrame.entries(blocks));
        frame.end();
    }

    @Override
    public void leaveWhen(BooleanSupplier told) {
        enough = told;
    }

    @Override
    public void sendParts(PendingPages pending) throws IOException {
        long left = pending.count();
        while (left > 0 && !enough.getAsBoolean()) {
            frame.resume(SectionType.PART);
            left = sendSome(pending, left, PAGES_PER_SECTION, enough);
            frame.end();
        }
    }

    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        frame.resume(SectionType.END);
        long left = sendSome(pending, pending.count(), Long.MAX_VALUE, () -> false);
        if (left != 0) {
            throw new IllegalStateException(left + " pages left over");
        }
        frame.end();
    }

    /** Writes a record for each of {@code zeros}, of pages that are known to be zero, into the section that is open. */
    public void writeZeros(PendingPages zeros) throws IOException {
        for (int i = 0; i < zeros.blocks().size(); i++) {
            PageBitmap bitmap = zeros.bitmap(i);
            for (long page = bitmap.nextSet(0); page >= 0; page = bitmap.nextSet(page + 1)) {
                bitmap.clear(page);
                int record = out.reserve(SMALL_RECORD);
                int data = record + 8;
                int flags = nameIfNew(zeros.blocks().get(i), data);
                if (flags == 0) {
                    data += 1 + zeros.blocks().get(i).name().length();
                }
                putZero(record, data, page * PAGE_SIZE, flags);
            }
        }
    }

    private long sendSome(PendingPages pending, long left, long atMost, BooleanSupplier stop) throws IOException {
        long most = atMost;
        long sent = 0;
        for (int i = 0; i < pending.blocks().size() && sent < most; i++) {
            RamBlock block = pending.blocks().get(i);
            PageBitmap bitmap = pending.bitmap(i);
            for (long page = bitmap.nextSet(0); page >= 0 && sent < most; page = bitmap.nextSet(page + 1)) {
                bitmap.clear(page);
                send(block, readers.get(i), page);
                if (++sent % PAGES_PER_REPORT == 0) {
                    counters.setPages(normalPages, zeroPages, left - sent);
                    most = stop.getAsBoolean() ? sent : most;
                }
            }
        }
        counters.setPages(normalPages, zeroPages, left - sent);
        return left - sent;
    }

    private void send(RamBlock block, PageReader reader, long page) throws IOException {
        int record = out.reserve(SMALL_RECORD + PAGE_SIZE);
        int data = record + 8;
        int flags = nameIfNew(block, data);
        if (flags == 0) {
            data += 1 + block.name().length();
        }
        long offset = page * PAGE_SIZE;
        reader.read(offset, out.buffer(), data);
        if (NativeBuffer.isZeroPage(out.buffer(), data)) {
            putZero(record, data, offset, flags);
            zeroPages++;
        } else {
            out.putU64(record, offset | flags | RamRecord.PAGE);
            out.commit(data + PAGE_SIZE - record);
            normalPages++;
        }
    }

    /** Puts the block's name where the record before was of another one: then there is no flag CONTINUE. */
    private int nameIfNew(RamBlock block, int at) {
        if (block.equals(named)) {
            return RamRecord.CONTINUE;
        }
        byte[] name = block.name().getBytes(StandardCharsets.US_ASCII);
        out.putU8(at, name.length);
        MemorySegment.copy(name, 0, out.buffer(), JAVA_BYTE, at + 1, name.length);
        named = block;
        return 0;
    }

    private void putZero(int record, int data, long offset, int flags) {
        out.putU64(record, offset | flags | RamRecord.ZERO);
        out.putU8(data, 0);
        out.commit(data + 1 - record);
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
    }
}
