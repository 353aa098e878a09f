package io.godwit.engine.incoming;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.paging.PageSink;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;

/** Reads the records of RAM that one connection carries in the postcopy phase. Allocates nothing per page. One thread. */
final class PostcopyRecords {
    private static final int NONE = -1;

    private final StreamInput in;
    private final ReceivedPages received;
    private final PageSink sink;
    private final PageCount count;
    private int current = NONE;

    /** Told of pages as they are in place. Any thread. */
    interface PageCount {
        void normal();

        void zero();
    }

    PostcopyRecords(StreamInput in, ReceivedPages received, PageSink sink, PageCount count) {
        this.in = in;
        this.received = received;
        this.sink = sink;
        this.count = count;
    }

    /** Reads records up to and including EOS. */
    void readBody() throws IOException {
        while (readRecord()) {
            // Each is dealt with as it comes.
        }
    }

    /** Reads one record; false when it was EOS. */
    boolean readRecord() throws IOException {
        long at = in.position();
        long word = in.u64();
        int flags = (int) (word & RamRecord.FLAGS);
        long offset = word & ~(long) RamRecord.FLAGS;
        switch (flags & ~RamRecord.CONTINUE) {
            case RamRecord.PAGE -> {
                int block = block(offset, flags, at);
                int from = in.take(RamBlock.PAGE_SIZE);
                sink.page(block, offset, in.buffer(), from);
                count.normal();
            }
            case RamRecord.ZERO -> {
                int block = block(offset, flags, at);
                int fill = in.u8();
                if (fill != 0) {
                    throw new MalformedStreamException(
                            "page filled with 0x%02x at byte %d, expected 0x00".formatted(fill, at));
                }
                sink.zero(block, offset);
                count.zero();
            }
            case RamRecord.EOS -> {
                return false;
            }
            default -> throw new MalformedStreamException(
                    "RAM record %s at byte %d is not understood in postcopy".formatted(RamRecord.describe(flags), at));
        }
        return true;
    }

    private int block(long offset, int flags, long at) throws IOException {
        if ((flags & RamRecord.CONTINUE) == 0) {
            String name = in.str8();
            current = received.find(name).orElseThrow(
                    () -> new MalformedStreamException("unknown RAM block '" + name + "' at byte " + at));
        } else if (current == NONE) {
            throw new MalformedStreamException(
                    "RAM record at byte " + at + " continues a block, but none has been named on this connection");
        }
        RamBlock block = received.block(current);
        if (offset < 0 || offset >= block.byteSize()) {
            throw new MalformedStreamException("page at offset 0x%x of block '%s' (byte %d), expected below 0x%x"
                    .formatted(offset, block.name(), at, block.byteSize()));
        }
        return current;
    }
}
