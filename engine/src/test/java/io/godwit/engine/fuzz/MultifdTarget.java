package io.godwit.engine.fuzz;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.multifd.MultifdReceiver;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameter;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;

/** A byte that chooses the compression, then all that one multifd channel carries. */
public final class MultifdTarget {
    private static final List<MigrationOptions> OPTIONS = List.of(options("none"), options("zlib"), options("zstd"));
    private static final Leftovers LEFTOVERS = new Leftovers();
    /** The block of the corpus's guests. */
    private static final String NAME = "m";
    private static final long BYTES = 4 * RamBlock.PAGE_SIZE;

    private MultifdTarget() {}

    private static MigrationOptions options(String compression) {
        var arguments = JsonNodeFactory.instance.objectNode().put(MigrationParameter.MULTIFD_COMPRESSION.qapiName(),
                compression);
        try {
            MigrationParameters parameters = MigrationParameters.DEFAULTS
                    .with(MigrateSetParametersArguments.TYPE.parse(arguments));
            return new MigrationOptions(MigrationCapabilities.NONE, () -> parameters, Optional.empty(), false);
        } catch (QmpException e) {
            throw new AssertionError(compression, e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws Throwable {
        if (input.length == 0) {
            return;
        }
        MigrationOptions options = OPTIONS.get((input[0] & 0xff) % OPTIONS.size());
        var endpoint = new Endpoint.Descriptor(_ -> InputFile.of(Arrays.copyOfRange(input, 1, input.length)),
                OptionalLong.of(0));
        try (var abort = new Abort();
                var incoming = Incoming.open(endpoint);
                Channel channel = incoming.accept(abort, 1).getFirst();
                var in = new StreamInput(channel, _ -> {});
                var block = new MemoryBlock(NAME, Mapping.anonymous(BYTES))) {
            receive(in, options, block);
        }
        LEFTOVERS.check();
    }

    private static void receive(StreamInput in, MigrationOptions options, MemoryBlock block) throws Throwable {
        Throwable reason;
        try (var receiver = new MultifdReceiver(List.of(in), options, new CheckedSink(block))) {
            receiver.start(List.of(block));
            reason = endRounds(receiver);
        } catch (IOException refused) { // by what the channel says first
            return;
        }
        if (!(reason instanceof IOException)) {
            throw reason;
        }
    }

    /** Until the channel has ended; why, which for one that was lost is what its thread met. */
    private static Throwable endRounds(MultifdReceiver receiver) {
        try {
            while (true) {
                receiver.endRound();
            }
        } catch (IOException ended) {
            return receiver.failure().map(Throwable::getCause).orElse(ended);
        }
    }

    /** Takes pages into a block, as long as they are of it. */
    private record CheckedSink(MemoryBlock block) implements MultifdReceiver.PageSink {

        @Override
        public boolean addPlace(int index, long offset, long length, IoVector places) {
            check(index, offset, length);
            places.add(block.memory(), offset, length);
            return true;
        }

        @Override
        public void pagesCame(int index, long offset, long length) {
            check(index, offset, length);
        }

        @Override
        public void pages(int index, long offset, long length, MemorySegment buffer, long at) {
            check(index, offset, length);
            block.write(offset, buffer, at, length);
        }

        @Override
        public void zero(int index, long offset, long length) {
            check(index, offset, length);
            block.zero(offset, length);
        }

        private static void check(int index, long offset, long length) {
            if (index != 0 || offset < 0 || offset % RamBlock.PAGE_SIZE != 0 || length <= 0 || length > BYTES - offset
                    || length % RamBlock.PAGE_SIZE != 0) {
                throw new AssertionError("%d bytes of block %d at offset 0x%x".formatted(length, index, offset));
            }
        }

        @Override
        public void channelLost() {}

        @Override
        public void packetDone(int normal, int zero) {}
    }
}
