package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The normal pages of a packet that has arrived: where they came to lie, or decompressed. One channel's, one thread. */
final class PacketPages implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** More than a packet's pages, so that what is too much shows. */
    private static final int CAPACITY = (MultifdPacket.MAX_PAGES + 1) * PAGE_SIZE;

    private final @Nullable PageCoder coder;
    private final @Nullable NativeBuffer pages;
    private MemorySegment buffer = MemorySegment.NULL;
    private long start;

    PacketPages(Method method) throws IOException {
        coder = method == Method.NONE ? null : PageCoder.decompressor(method);
        pages = method == Method.NONE ? null : new NativeBuffer(CAPACITY);
    }

    /** Takes the data that follow a header. */
    void read(MultifdPacket packet, StreamInput in) throws IOException {
        if (packet.normalPages() == 0) {
            return;
        }
        int at = in.take(packet.dataBytes());
        if (coder == null || pages == null) {
            buffer = in.buffer();
            start = at;
            return;
        }
        long expected = (long) packet.normalPages() * PAGE_SIZE;
        long made = coder.run(in.buffer(), at, packet.dataBytes(), pages.segment(), 0, CAPACITY);
        if (made != expected) {
            throw new MalformedStreamException("multifd packet %d: %d bytes come out of its %d, expected %d pages of %d"
                    .formatted(packet.number(), made, packet.dataBytes(), packet.normalPages(), PAGE_SIZE));
        }
        buffer = pages.segment();
        start = 0;
    }

    MemorySegment buffer() {
        return buffer;
    }

    /** Where in the buffer the page at {@code index} of the packet begins. */
    long at(int index) {
        return start + (long) index * PAGE_SIZE;
    }

    @Override
    public void close() {
        if (coder != null) {
            coder.close();
        }
        if (pages != null) {
            pages.close();
        }
    }
}
