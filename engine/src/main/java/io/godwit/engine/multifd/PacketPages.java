package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.multifd.MultifdReceiver.PageSink;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Brings the normal pages of a packet from one channel to where they belong: straight there when they come as they are and lie
 * in memory, or else by way of a buffer. One thread.
 */
final class PacketPages implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** More than a packet's pages, so that what is too much shows. */
    private static final int CAPACITY = (MultifdPacket.MAX_PAGES + 1) * PAGE_SIZE;

    private final PageSink sink;
    private final IoVector places = new IoVector();
    private final @Nullable PageCoder coder;
    private final @Nullable NativeBuffer pages;

    PacketPages(Method method, PageSink sink) throws IOException {
        this.sink = sink;
        coder = method == Method.NONE ? null : PageCoder.decompressor(method);
        pages = method == Method.NONE ? null : new NativeBuffer(CAPACITY);
    }

    /** Takes the data that follow a header; {@code offsets} have been checked. */
    void take(MultifdPacket packet, StreamInput in, int block, long[] offsets) throws IOException {
        if (packet.normalPages() == 0) {
            return;
        }
        if (coder != null && pages != null) {
            decompress(packet, in, coder, pages);
            give(packet, block, offsets, pages.segment(), 0);
        } else if (hasPlaces(packet, block, offsets)) {
            in.takeInto(places);
            for (int i = 0, end; i < packet.normalPages(); i = end) {
                end = runEnd(offsets, i, packet.normalPages());
                sink.pagesCame(block, offsets[i], bytes(i, end));
            }
        } else {
            give(packet, block, offsets, in.buffer(), in.take(packet.dataBytes()));
        }
    }

    private boolean hasPlaces(MultifdPacket packet, int block, long[] offsets) {
        places.clear();
        for (int i = 0, end; i < packet.normalPages(); i = end) {
            end = runEnd(offsets, i, packet.normalPages());
            if (!sink.addPlace(block, offsets[i], bytes(i, end), places)) {
                return false;
            }
        }
        return true;
    }

    private void give(MultifdPacket packet, int block, long[] offsets, MemorySegment buffer, long at)
            throws IOException {
        for (int i = 0, end; i < packet.normalPages(); i = end) {
            end = runEnd(offsets, i, packet.normalPages());
            sink.pages(block, offsets[i], bytes(i, end), buffer, at + bytes(0, i));
        }
    }

    /** The index, {@code limit} at the most, of the first page from {@code first} on that does not lie behind the one before it. */
    static int runEnd(long[] offsets, int first, int limit) {
        int end = first + 1;
        while (end < limit && offsets[end] == offsets[end - 1] + PAGE_SIZE) {
            end++;
        }
        return end;
    }

    private static long bytes(int first, int end) {
        return (end - first) * (long) PAGE_SIZE;
    }

    private static void decompress(MultifdPacket packet, StreamInput in, PageCoder coder, NativeBuffer pages)
            throws IOException {
        int at = in.take(packet.dataBytes());
        long expected = (long) packet.normalPages() * PAGE_SIZE;
        long made = coder.run(in.buffer(), at, packet.dataBytes(), pages.segment(), 0, CAPACITY);
        if (made != expected) {
            throw new MalformedStreamException("multifd packet %d: %d bytes come out of its %d, expected %d pages of %d"
                    .formatted(packet.number(), made, packet.dataBytes(), packet.normalPages(), PAGE_SIZE));
        }
    }

    @Override
    public void close() {
        places.close();
        if (coder != null) {
            coder.close();
        }
        if (pages != null) {
            pages.close();
        }
    }
}
