package io.godwit.engine.incoming;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.multifd.MultifdReceiver;
import io.godwit.engine.multifd.RoundMark;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.BlockSource;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.XbzrleDelta;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Loads the bodies of a plain RAM section into the arriving guest's blocks. The RAM is zero at the start, so a zero page
 * that comes first is not touched: it stays without memory of its own. Allocates nothing per page. One thread, and those of
 * multifd.
 */
final class RamLoader implements MultifdReceiver.PageSink, AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    private static final int PAGES_PER_REPORT = 256;

    private final BlockSource source;
    private final TransferCounters counters;
    private final DeltaLoader deltas = new DeltaLoader();
    private final Connections connections;
    private final @Nullable MultifdReceiver multifd;
    private final LongAdder multifdNormal = new LongAdder();
    private final LongAdder multifdZero = new LongAdder();
    private final @Nullable PostcopyAdvice advice;
    private List<Target> targets = List.of();
    private @Nullable Target current;
    private RoundMark mark = RoundMark.EVERY_EOS;
    private boolean roundEnded;
    private volatile boolean over;
    private boolean listed;
    private long normalPages;
    private long zeroPages;

    /** A block, which of its pages have been written here and, if postcopy may follow, which have come at all. */
    private record Target(RamBlock block, PageBitmap written, @Nullable PageBitmap received) {

        void came(long page) {
            PageBitmap all = received;
            if (all != null) {
                all.set(page);
            }
        }
    }

    /**
     * The connections are lent.
     *
     * @param advice told which blocks there are, and of the pages that come; null unless postcopy may follow
     */
    RamLoader(BlockSource source, TransferCounters counters, Connections connections, MigrationOptions options,
            @Nullable PostcopyAdvice advice) throws IOException {
        this.source = source;
        this.advice = advice;
        this.counters = counters;
        this.connections = connections;
        List<StreamInput> channels = connections.multifdInputs();
        multifd = channels.isEmpty() ? null : new MultifdReceiver(channels, options, this);
    }

    /** Reads a body up to and including its EOS. The block list stands in the first one, and only there. */
    void loadBody(StreamInput in) throws IOException {
        roundEnded = false;
        while (true) {
            long at = in.position();
            long word = in.u64();
            int flags = (int) (word & RamRecord.FLAGS);
            long value = word & ~(long) RamRecord.FLAGS;
            switch (flags & ~RamRecord.CONTINUE) {
                case RamRecord.PAGE -> loadPage(in, value, flags, at);
                case RamRecord.ZERO -> loadZero(in, value, flags, at);
                case RamRecord.XBZRLE -> loadDelta(in, value, flags, at);
                case RamRecord.MULTIFD_FLUSH -> endRound(at);
                case RamRecord.EOS -> {
                    endBody();
                    return;
                }
                case RamRecord.MEM_SIZE -> loadList(in, value, at);
                default -> throw new MalformedStreamException(
                        "RAM record %s at byte %d is not understood here".formatted(RamRecord.describe(flags), at));
            }
        }
    }

    private void loadList(StreamInput in, long total, long at) throws IOException {
        if (listed) {
            throw new MalformedStreamException("block list at byte " + at + ", expected in the first RAM section only");
        }
        listed = true;
        List<? extends RamBlock> blocks;
        PostcopyAdvice postcopy = advice;
        if (postcopy == null) {
            blocks = source.of(RamBlockEntry.readList(in, total));
            targets = blocks.stream().map(block -> new Target(block, new PageBitmap(block.pages()), null)).toList();
        } else {
            blocks = source.of(postcopy.readList(in, total));
            ReceivedPages received = postcopy.blocksAre(blocks);
            var list = new ArrayList<Target>();
            for (int i = 0; i < received.blocks(); i++) {
                RamBlock block = received.block(i);
                list.add(new Target(block, new PageBitmap(block.pages()), received.bitmap(i)));
            }
            targets = list;
        }
        if (multifd != null) {
            multifd.start(blocks);
        }
    }

    private void endRound(long at) throws IOException {
        if (multifd == null) {
            throw new MalformedStreamException(
                    "MULTIFD_FLUSH at byte " + at + ", but multifd is off here: switch it on at both sides");
        }
        roundEnded = true;
        mark = RoundMark.FLUSH;
        multifd.endRound();
    }

    /**
     * Which mark it is shows in START, which has one of either kind. The machine type would tell too, but every distribution
     * names machines of its own; and a mark missed is a round of pages that nobody reads.
     */
    private void endBody() throws IOException {
        if (multifd != null && mark == RoundMark.EVERY_EOS) {
            roundEnded = true;
            multifd.endRound();
        }
        report();
    }

    /** The RAM is over: nothing of it may be missing, and what becomes of its channels does not matter any more. */
    void end(long at) throws MalformedStreamException {
        if (multifd != null && !roundEnded) {
            throw new MalformedStreamException("device state at byte " + at
                    + ", but the last RAM section has no MULTIFD_FLUSH: pages may still be on their way");
        }
        over = true;
    }

    @Override
    public boolean addPlace(int block, long offset, long length, IoVector places) {
        if (targets.get(block).block instanceof MemoryBlock here) {
            places.add(here.memory(), offset, length);
            return true;
        }
        return false;
    }

    @Override
    public void pagesCame(int block, long offset, long length) {
        targets.get(block).written.setRangeShared(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
    }

    @Override
    public void pages(int block, long offset, long length, MemorySegment buffer, long at) throws IOException {
        targets.get(block).block.write(offset, buffer, at, length);
        pagesCame(block, offset, length);
    }

    @Override
    public void zero(int block, long offset, long length) throws IOException {
        Target target = targets.get(block);
        long end = (offset + length) / PAGE_SIZE;
        for (long page = target.written.nextSet(offset / PAGE_SIZE, end); page >= 0;) {
            long runEnd = target.written.nextClear(page, end);
            target.block.zero(page * PAGE_SIZE, (runEnd - page) * PAGE_SIZE);
            page = target.written.nextSet(runEnd, end);
        }
    }

    @Override
    public void packetDone(int normal, int zero) {
        multifdNormal.add(normal);
        multifdZero.add(zero);
        report();
    }

    /** The main channel may have nothing more to say, because its source waits for the one that was lost. */
    @Override
    public void channelLost() {
        if (!over) {
            connections.shutDownMainInput();
        }
    }

    /** Why the main channel came to its end: {@code e}, or the loss of another one that led to that. */
    IOException reason(IOException e) {
        return multifd == null || over ? e : multifd.failure().orElse(e);
    }

    private void report() {
        counters.setPages(normalPages + multifdNormal.sum(), zeroPages + multifdZero.sum(), 0);
    }

    private void loadPage(StreamInput in, long offset, int flags, long at) throws IOException {
        Target target = target(in, offset, flags, at);
        int from = in.take(PAGE_SIZE);
        target.block.write(offset, in.buffer(), from, PAGE_SIZE);
        target.written.setShared(offset / PAGE_SIZE);
        target.came(offset / PAGE_SIZE);
        // The first one at once: somebody may wait for it.
        if (++normalPages % PAGES_PER_REPORT == 0 || normalPages == 1) {
            report();
        }
    }

    /** What has changed in a page since it last came: u8 1, be16 length, data. */
    private void loadDelta(StreamInput in, long offset, int flags, long at) throws IOException {
        Target target = target(in, offset, flags, at);
        int encoding = in.u8();
        int length = in.u16();
        if (encoding != 1 || length > XbzrleDelta.MAX_BYTES) {
            throw new MalformedStreamException(
                    "delta of encoding %d with %d bytes at byte %d, expected 1 with at most %d"
                            .formatted(encoding, length, at, XbzrleDelta.MAX_BYTES));
        }
        deltas.apply(target.block, offset, in.buffer(), in.take(length), length);
        target.written.setShared(offset / PAGE_SIZE);
        if (++normalPages % PAGES_PER_REPORT == 0) {
            report();
        }
    }

    private void loadZero(StreamInput in, long offset, int flags, long at) throws IOException {
        Target target = target(in, offset, flags, at);
        int fill = in.u8();
        if (fill != 0) {
            throw new MalformedStreamException("page filled with 0x%02x at byte %d, expected 0x00".formatted(fill, at));
        }
        long page = offset / PAGE_SIZE;
        if (target.written.get(page)) {
            target.block.zero(offset, PAGE_SIZE);
        }
        target.came(page);
        if (++zeroPages == 1) {
            report();
        }
    }

    long normalPages() {
        return normalPages;
    }

    long zeroPages() {
        return zeroPages;
    }

    private Target target(StreamInput in, long offset, int flags, long at) throws IOException {
        Target target = current;
        if ((flags & RamRecord.CONTINUE) == 0) {
            target = byName(in.str8(), at);
            current = target;
        } else if (target == null) {
            throw new MalformedStreamException(
                    "RAM record at byte " + at + " continues a block, but none has been named");
        }
        if (offset < 0 || offset >= target.block.byteSize()) {
            throw new MalformedStreamException("page at offset 0x%x of block '%s' (byte %d), expected below 0x%x"
                    .formatted(offset, target.block.name(), at, target.block.byteSize()));
        }
        return target;
    }

    private Target byName(String name, long at) throws MalformedStreamException {
        for (Target target : targets) {
            if (target.block.name().equals(name)) {
                return target;
            }
        }
        throw new MalformedStreamException("unknown RAM block '" + name + "' at byte " + at);
    }

    @Override
    public void close() {
        if (multifd != null) {
            connections.shutDownOthers();
            multifd.close();
        }
        deltas.close();
    }
}
