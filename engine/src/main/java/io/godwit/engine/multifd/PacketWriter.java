package io.godwit.engine.multifd;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.stream.MultifdHello;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * One multifd channel of a source: gathers pages into packets of one block each. Owns the channel and the packets' data. One
 * thread at a time.
 */
final class PacketWriter implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** Bytes of a packet, at most. */
    static final int LONGEST = MultifdPacket.HEADER_BYTES + MultifdPacket.MAX_DATA_BYTES;

    private final Channel channel;
    private final RateLimit limit;
    private final StreamOutput out;
    private final List<? extends RamBlock> blocks;
    private final PacketData data;
    private final ZeroPages zeroPages;
    private final PendingPages onMain;
    private final Method method;
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
        this.channel = channel;
        this.limit = limit;
        this.blocks = blocks;
        this.onMain = onMain;
        this.traffic = traffic;
        out = new StreamOutput(channel, limit, traffic.written());
        data = PacketData.of(out, blocks, method, options);
    }

    void hello(MultifdHello hello) throws IOException {
        hello.write(out);
        out.flush();
    }

    /** Takes pages of the block at {@code block}, {@code first} up to, not including, {@code end}; packets go out as they fill. */
    void add(int block, long first, long end) throws IOException {
        if (block != current) {
            emit(0);
            current = block;
        }
        long to = end * PAGE_SIZE;
        for (long from = first * PAGE_SIZE; from < to;) {
            long room = (MultifdPacket.MAX_PAGES - normalCount - zeroCount) * (long) PAGE_SIZE;
            long most = Math.min(to, from + room);
            long dataEnd = data.add(block, from, most, zeroPages != ZeroPages.AS_NORMAL);
            for (; from < dataEnd; from += PAGE_SIZE) {
                normal[normalCount++] = from;
            }
            if (from < most) {
                addZero(block, from);
                from += PAGE_SIZE;
            }
            if (normalCount + zeroCount == MultifdPacket.MAX_PAGES) {
                emit(0);
            }
        }
    }

    private void addZero(int block, long offset) {
        if (zeroPages == ZeroPages.IN_PACKETS) {
            zero[zeroCount++] = offset;
        } else {
            onMain.bitmap(block).set(offset / PAGE_SIZE);
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
        int bytes = data.finish();
        new MultifdPacket(flags | method.flag(), normalCount, zeroCount, bytes, traffic.packets().getAndIncrement(),
                count == 0 ? "" : blocks.get(current).name()).write(out);
        int offsets = start + MultifdPacket.OFFSETS_AT;
        out.putU64s(offsets, normal, normalCount);
        out.putU64s(offsets + normalCount * Long.BYTES, zero, zeroCount);
        data.send();
        traffic.normalPages().add(normalCount);
        traffic.zeroPages().add(zeroCount);
        normalCount = 0;
        zeroCount = 0;
    }

    /** From now on as fast as it goes. */
    void liftLimit() {
        limit.lift();
    }

    @Override
    public void close() {
        data.close();
        out.close();
        channel.close();
    }
}
