package io.godwit.engine.multifd;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.precopy.PageSender;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.precopy.RamSender;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdHello;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sends pages on several connections at once, in packets, and everything else on the main one. At the end of a round every
 * channel says SYNC and the main one its mark, so that no page of the next round can overtake one of this. The migration
 * thread calls; {@link Lanes} work for it.
 */
public final class MultifdSender implements RamSender {
    private final StreamOutput out;
    private final RamFrame frame;
    private final MigrationOptions options;
    private final TransferCounters counters;
    private final Connector connector;
    private final RoundMark mark;
    private final Lanes lanes;
    private final List<PacketWriter> channels = new ArrayList<>();
    private final LongAdder normalPages = new LongAdder();
    private final LongAdder zeroPages = new LongAdder();
    private final AtomicLong remaining = new AtomicLong();
    private final PageSender main;
    private @Nullable PendingPages zerosOnMain;

    /** Makes further connections to where the main channel leads, and what breaks them off. */
    public interface Connector {
        Channel connect() throws IOException;

        Abort abort();
    }

    public MultifdSender(StreamOutput out, int sectionId, MigrationOptions options, TransferCounters counters,
            Connector connector, RoundMark mark) {
        this.out = out;
        frame = new RamFrame(out, sectionId);
        this.options = options;
        this.counters = counters;
        this.connector = connector;
        this.mark = mark;
        lanes = new Lanes(options);
        main = new PageSender(out, sectionId, counters);
    }

    /** What the main channel has so far goes first: the destination has to see which of the connections it is. */
    @Override
    public void sendStart(List<? extends RamBlock> blocks) throws IOException {
        out.flush();
        var traffic = new PacketWriter.Traffic(counters::addBytes, new AtomicLong(), normalPages, zeroPages);
        var forMain = new PendingPages(blocks);
        zerosOnMain = forMain;
        for (int i = 0; i < lanes.count(); i++) {
            PacketWriter channel = connect(blocks, forMain, traffic);
            channels.add(channel);
            channel.hello(new MultifdHello(options.uuid().orElse(MultifdHello.NO_UUID), i));
        }
        frame.begin();
        RamBlockEntry.writeList(out, RamFrame.entries(blocks));
        endRound();
    }

    private PacketWriter connect(List<? extends RamBlock> blocks, PendingPages forMain, PacketWriter.Traffic traffic)
            throws IOException {
        Channel channel = connector.connect();
        var limit = new RateLimit(this::bytesPerSecond, connector.abort());
        try {
            return new PacketWriter(channel, limit, blocks, options, forMain, traffic);
        } catch (IOException | RuntimeException e) {
            limit.close();
            channel.close();
            throw e;
        }
    }

    private long bytesPerSecond() {
        return Math.ceilDiv(options.parameters().get().maxBandwidth(), lanes.count());
    }

    @Override
    public void sendParts(PendingPages pending) throws IOException {
        sendPages(pending);
        frame.resume(SectionType.PART);
        writeZeros();
        endRound();
    }

    @Override
    public void sendEnd(PendingPages pending) throws IOException {
        channels.forEach(PacketWriter::liftLimit);
        sendPages(pending);
        frame.resume(SectionType.END);
        writeZeros();
        endRound();
    }

    private void writeZeros() throws IOException {
        PendingPages zeros = Objects.requireNonNull(zerosOnMain, "pages before START");
        zeroPages.add(zeros.count());
        main.writeZeros(zeros);
    }

    /** Ends the open section and the round with it. */
    private void endRound() throws IOException {
        for (PacketWriter channel : channels) {
            channel.sync();
        }
        if (mark == RoundMark.FLUSH) {
            out.u64(RamRecord.MULTIFD_FLUSH);
        }
        frame.end();
        out.flush();
    }

    private void sendPages(PendingPages pending) throws IOException {
        remaining.set(pending.count());
        lanes.run(new Pieces(pending.blocks()), (lane, pieces) -> {
            PacketWriter channel = channels.get(lane);
            pieces.<IOException>takeAll(
                    (index, from, to) -> sendPiece(channel, index, pending.bitmap(index), from, to));
            channel.finish();
        });
        report();
    }

    private void sendPiece(PacketWriter channel, int index, PageBitmap pending, long first, long end)
            throws IOException {
        long sent = 0;
        for (long page = pending.nextSet(first, end); page >= 0;) {
            long runEnd = pending.nextClear(page, end);
            pending.clearRange(page, runEnd);
            channel.add(index, page, runEnd);
            sent += runEnd - page;
            page = pending.nextSet(runEnd, end);
        }
        if (sent > 0) {
            remaining.addAndGet(-sent);
            report();
        }
    }

    private void report() {
        counters.setPages(normalPages.sum(), zeroPages.sum(), remaining.get());
    }

    @Override
    public void close() {
        lanes.close();
        main.close();
        channels.forEach(PacketWriter::close);
    }
}
