package io.godwit.engine.multifd;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.stream.MultifdHello;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One multifd channel of a source: gathers pages into packets of one block each. A page is copied into the packet once, and
 * judged and sent from there. Owns the channel, its staging and the page readers. One thread at a time.
 */
final class PacketWriter implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    private static final int LONGEST = MultifdPacket.HEADER_BYTES + MultifdPacket.MAX_DATA_BYTES;

    private final Channel channel;
    private final RateLimit limit;
    private final StreamOutput out;
    private final List<? extends RamBlock> blocks;
    private final List<? extends PageReader> readers;
    private final ZeroPages zeroPages;
    private final PendingPages onMain;
    private final Method method;
    private final @Nullable PageCoder coder;
    private final @Nullable NativeBuffer pages;
    private final Traffic traffic;
    private final long[] normal = new long[MultifdPacket.MAX_PAGES];
    private final long[] zero = new long[MultifdPacket.MAX_PAGES];
    private int normalCount;
    private int zeroCount;
    private int current;

    /** Where a page of zeros goes: QEMU's parameter zero-page-detection. */
    enum ZeroPages {
        /** {@code multifd}: into a packet, by its offset alone. */
        IN_PACKETS,
        /** {@code legacy}: to the main channel. QEMU before 9.0 knows nothing else. */
        ON_MAIN,
        /** {@code none}: it is not looked for. */
        AS_NORMAL;

        static ZeroPages of(String parameter) {
            return switch (parameter) {
                case "legacy" -> ON_MAIN;
                case "none" -> AS_NORMAL;
                default -> IN_PACKETS;
            };
        }
    }

    /** What all channels count together. */
    record Traffic(LongConsumer written, AtomicLong packets, LongAdder normalPages, LongAdder zeroPages) {}

    /**
     * Takes the channel over.
     *
     * @param onMain takes pages of zeros for the main channel; pieces are whole words of it
     */
    PacketWriter(Channel channel, RateLimit limit, List<? extends RamBlock> blocks, MigrationOptions options,
            PendingPages onMain, Traffic traffic) throws IOException {
        MigrationParameters parameters = options.parameters().get();
        zeroPages = ZeroPages.of(parameters.zeroPageDetection());
        method = Method.of(parameters.multifdCompression());
        coder = method == Method.NONE ? null : PageCoder.compressor(method, options);
        pages = method == Method.NONE ? null : new NativeBuffer(MultifdPacket.MAX_PAGES * (long) PAGE_SIZE);
        this.channel = channel;
        this.limit = limit;
        this.blocks = blocks;
        this.onMain = onMain;
        this.traffic = traffic;
        out = new StreamOutput(channel, limit, traffic.written());
        readers = blocks.stream().map(RamBlock::reader).toList();
    }

    void hello(MultifdHello hello) throws IOException {
        hello.write(out);
        out.flush();
    }

    /** Takes a page of the block at {@code block}; packets go out as they fill. */
    void add(int block, long page) throws IOException {
        if (block != current) {
            emit(0);
            current = block;
        }
        long offset = page * PAGE_SIZE;
        MemorySegment target = pages == null ? out.buffer() : pages.segment();
        int first = pages == null ? out.reserve(LONGEST) + MultifdPacket.HEADER_BYTES : 0;
        int at = first + normalCount * PAGE_SIZE;
        readers.get(block).read(offset, target, at);
        if (zeroPages == ZeroPages.AS_NORMAL || !NativeBuffer.isZeroPage(target, at)) {
            normal[normalCount++] = offset;
        } else if (zeroPages == ZeroPages.IN_PACKETS) {
            zero[zeroCount++] = offset;
        } else {
            onMain.bitmap(block).set(page);
        }
        if (normalCount + zeroCount == MultifdPacket.MAX_PAGES) {
            emit(0);
        }
    }

    /** Sends what has been gathered. */
    void finish() throws IOException {
        emit(0);
    }

    /** Ends the round on this channel. */
    void sync() throws IOException {
        emit(0);
        emit(MultifdPacket.SYNC);
    }

    private void emit(int flags) throws IOException {
        int count = normalCount + zeroCount;
        if (count == 0 && flags == 0) {
            return;
        }
        int start = out.reserve(LONGEST);
        int data = putData(start + MultifdPacket.HEADER_BYTES);
        new MultifdPacket(flags | method.flag(), normalCount, zeroCount, data, traffic.packets().getAndIncrement(),
                count == 0 ? "" : blocks.get(current).name()).write(out);
        int offsets = start + MultifdPacket.OFFSETS_AT;
        for (int i = 0; i < count; i++) {
            out.putU64(offsets + i * Long.BYTES, i < normalCount ? normal[i] : zero[i - normalCount]);
        }
        out.commit(data);
        out.flush();
        traffic.normalPages().add(normalCount);
        traffic.zeroPages().add(zeroCount);
        normalCount = 0;
        zeroCount = 0;
    }

    /** The normal pages, compressed or as they lie there already; returns how many bytes. */
    private int putData(int at) throws IOException {
        int length = normalCount * PAGE_SIZE;
        if (coder == null || pages == null || length == 0) {
            return length;
        }
        return (int) coder.run(pages.segment(), 0, length, out.buffer(), at, MultifdPacket.MAX_DATA_BYTES);
    }

    /** From now on as fast as it goes. */
    void liftLimit() {
        limit.lift();
    }

    @Override
    public void close() {
        readers.forEach(PageReader::close);
        if (coder != null) {
            coder.close();
        }
        if (pages != null) {
            pages.close();
        }
        out.close();
        channel.close();
    }
}
