package io.godwit.engine.multifd;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.MultifdHello;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The destination's multifd channels: a thread for each ({@code multifd-N}), which puts pages where they belong. The inputs
 * are lent; what they read from must have been shut down or aborted when this is closed before its source has ended.
 */
public final class MultifdReceiver implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final List<StreamInput> inputs;
    private final PageSink sink;
    private final Method method;
    private final RoundBarrier barrier;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, Integer> indices = new HashMap<>();
    private List<? extends RamBlock> blocks = List.of();

    /**
     * Where pages go, from any thread: some that lie side by side at a time, given by the index of their block in the list, the
     * bytes where they begin in it, and their length. All that has been checked.
     */
    public interface PageSink {
        /**
         * Adds the place of pages to those that the next bytes of a channel go to; {@link #pagesCame} follows. False, and nothing
         * is added, where pages have to be given by {@link #pages}.
         */
        boolean addPlace(int block, long offset, long length, IoVector places);

        /** The pages are where they belong. */
        void pagesCame(int block, long offset, long length);

        /** Takes the pages that begin at {@code at} in {@code buffer}. */
        void pages(int block, long offset, long length, MemorySegment buffer, long at) throws IOException;

        void zero(int block, long offset, long length) throws IOException;

        /** A channel can give no more. */
        void channelLost();

        /** So many pages have been taken. */
        void packetDone(int normal, int zero);
    }

    /** Reads every channel's hello. */
    public MultifdReceiver(List<StreamInput> inputs, MigrationOptions options, PageSink sink) throws IOException {
        this.inputs = inputs;
        this.sink = sink;
        method = Method.of(options.parameters().get().multifdCompression());
        barrier = new RoundBarrier(inputs.size());
        Set<Integer> seen = new HashSet<>();
        UUID own = options.uuid().orElse(MultifdHello.NO_UUID);
        for (StreamInput in : inputs) {
            MultifdHello hello = MultifdHello.read(in);
            if (!hello.uuid().equals(own)) {
                throw new IncompatibleStreamException(
                        "multifd: received uuid '%s' and expected uuid '%s' for channel %d"
                                .formatted(hello.uuid(), own, hello.channel()));
            }
            if (hello.channel() >= inputs.size()) {
                throw new MalformedStreamException("multifd channel %d, expected 0 to %d: set the same multifd-channels"
                        .formatted(hello.channel(), inputs.size() - 1));
            }
            if (!seen.add(hello.channel())) {
                throw new MalformedStreamException("multifd channel %d comes twice".formatted(hello.channel()));
            }
        }
    }

    /** The blocks are known: from here on pages can come. */
    public void start(List<? extends RamBlock> listed) {
        blocks = listed;
        for (int i = 0; i < listed.size(); i++) {
            indices.put(listed.get(i).name(), i);
        }
        for (int i = 0; i < inputs.size(); i++) {
            int channel = i;
            threads.add(Thread.ofPlatform().name("multifd-" + i).start(() -> receive(channel)));
        }
    }

    /** The main channel's mark: returns when all pages of the round are where they belong. */
    public void endRound() throws IOException {
        barrier.endRound();
    }

    private void receive(int channel) {
        StreamInput in = inputs.get(channel);
        try (var pages = new PacketPages(method, sink)) {
            long[] offsets = new long[MultifdPacket.MAX_PAGES];
            for (in.await(MultifdPacket.HEADER_BYTES); !in.atEnd(); in.await(MultifdPacket.HEADER_BYTES)) {
                take(in, pages, offsets);
            }
            barrier.channelEnded();
        } catch (EOFException e) {
            lose(new IOException("multifd channel " + channel + ": " + e.getMessage(), e));
        } catch (IOException | RuntimeException | Error e) {
            lose(e);
        }
    }

    private void lose(Throwable reason) {
        barrier.fail(reason);
        sink.channelLost();
    }

    /** Why a channel was lost, if one was. */
    public Optional<IOException> failure() {
        return barrier.failure();
    }

    /** Pages first, then the flag: QEMU before 9.0 puts pages into SYNC packets. */
    private void take(StreamInput in, PacketPages data, long[] offsets) throws IOException {
        MultifdPacket packet = MultifdPacket.read(in, method, offsets);
        if (packet.normalPages() + packet.zeroPages() > 0) {
            takePages(packet, in, data, offsets);
        }
        if ((packet.flags() & MultifdPacket.SYNC) != 0) {
            barrier.awaitNextRound();
        }
    }

    private void takePages(MultifdPacket packet, StreamInput in, PacketPages data, long[] offsets) throws IOException {
        Integer block = indices.get(packet.block());
        if (block == null) {
            throw new MalformedStreamException(
                    "multifd packet %d: unknown RAM block '%s'".formatted(packet.number(), packet.block()));
        }
        int pages = packet.normalPages() + packet.zeroPages();
        for (int i = 0; i < pages; i++) {
            check(packet, blocks.get(block), offsets[i]);
        }
        data.take(packet, in, block, offsets);
        for (int i = packet.normalPages(), end; i < pages; i = end) {
            end = PacketPages.runEnd(offsets, i, pages);
            sink.zero(block, offsets[i], (end - i) * (long) PAGE_SIZE);
        }
        sink.packetDone(packet.normalPages(), packet.zeroPages());
    }

    private static void check(MultifdPacket packet, RamBlock block, long offset) throws MalformedStreamException {
        if (offset < 0 || offset > block.byteSize() - PAGE_SIZE || offset % PAGE_SIZE != 0) {
            throw new MalformedStreamException(
                    "multifd packet %d: page at 0x%x of block '%s', expected a page below 0x%x"
                            .formatted(packet.number(), offset, block.name(), block.byteSize()));
        }
    }

    @Override
    public void close() {
        barrier.fail(new IOException("the migration is over"));
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
