package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.ram.BlockSource;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;

/**
 * Reads the RAM section of a mapped-ram file: its first body has the block list with the headers, all others are empty. What is
 * done with the pages is somebody else's. One thread.
 */
public final class MappedRamReader {
    private final BlockSource source;
    private final Taker taker;
    private boolean listed;

    /** Told once, as soon as it is known which pages there are; {@code in} must be left where it is. */
    @FunctionalInterface
    public interface Taker {
        void take(PagesInFile pages, StreamInput in) throws IOException;
    }

    public MappedRamReader(BlockSource source, Taker taker) {
        this.source = source;
        this.taker = taker;
    }

    /** Reads a body of the RAM section up to and including its EOS. */
    public void readBody(StreamInput in) throws IOException {
        while (true) {
            long at = in.position();
            long word = in.u64();
            int flags = (int) (word & RamRecord.FLAGS);
            if (flags == RamRecord.EOS) {
                return;
            }
            if (flags != RamRecord.MEM_SIZE || listed) {
                throw new MalformedStreamException("RAM record %s at byte %d of a mapped-ram file, expected %s"
                        .formatted(RamRecord.describe(flags), at, listed ? "EOS" : "the block list or EOS"));
            }
            listed = true;
            taker.take(PagesInFile.read(in, word & ~(long) RamRecord.FLAGS, source), in);
        }
    }
}
