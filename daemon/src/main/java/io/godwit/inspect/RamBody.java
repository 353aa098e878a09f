package io.godwit.inspect;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.XbzrleDelta;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Walks the records in a body of the RAM section. Page data is passed over, deltas are checked. */
final class RamBody {
    private static final int PAGE_SIZE = 4096;
    private static final XbzrleDelta.Target NOWHERE = (_, _, _) -> {};

    private final FileInput in;
    private final BlockTable blocks;
    private final BlockListReader list;
    private final RamListener listener;
    private final byte[] delta = new byte[XbzrleDelta.MAX_BYTES];
    private final XbzrleDelta.Source deltaBytes = index -> delta[index];
    private BlockTable.@Nullable Counts current;
    private boolean listed;
    private boolean mapped;
    private long flushes;

    RamBody(FileInput in, BlockTable blocks, BlockListReader list, RamListener listener) {
        this.in = in;
        this.blocks = blocks;
        this.list = list;
        this.listener = listener;
    }

    long flushes() {
        return flushes;
    }

    /** The START: the block list, then as any other. */
    void readStart(boolean mapped) throws IOException {
        this.mapped = mapped;
        long at = in.position();
        long head = in.u64();
        if (flags(head) != RamRecord.MEM_SIZE) {
            throw DamagedException.unexpected(at, "first record of the RAM section",
                    RamRecord.describe(flags(head)), "MEM_SIZE");
        }
        list.read(at, offset(head));
        listed = true;
        read();
    }

    /** Up to and with EOS. */
    void read() throws IOException {
        long at = in.position();
        long head = in.u64();
        while (flags(head) != RamRecord.EOS) {
            record(at, flags(head), offset(head));
            at = in.position();
            head = in.u64();
        }
    }

    private static int flags(long head) {
        return (int) head & RamRecord.FLAGS;
    }

    private static long offset(long head) {
        return head & ~RamRecord.FLAGS;
    }

    private void record(long at, int flags, long offset) throws IOException {
        if (mapped) {
            throw DamagedException.unexpected(at, "record of the RAM section", RamRecord.describe(flags),
                    "EOS, as the pages of a mapped-ram file lie elsewhere");
        }
        switch (flags & ~RamRecord.CONTINUE) {
            case RamRecord.PAGE -> {
                var block = block(at, flags, offset);
                block.normal++;
                listener.page(block.index, offset, in.position());
                in.skip(PAGE_SIZE);
            }
            case RamRecord.ZERO -> {
                var block = block(at, flags, offset);
                block.zero++;
                expectByte("byte that a page is filled with", 0);
                listener.zero(block.index, offset);
            }
            case RamRecord.XBZRLE -> {
                var block = block(at, flags, offset);
                block.xbzrle++;
                readDelta();
                listener.delta(block.index, offset);
            }
            case RamRecord.MULTIFD_FLUSH -> flushes++;
            default -> throw DamagedException.unexpected(at, "record of the RAM section",
                    RamRecord.describe(flags) + (listed && flags == RamRecord.MEM_SIZE ? " again" : ""),
                    "PAGE, ZERO, XBZRLE, MULTIFD_FLUSH or EOS");
        }
    }

    private BlockTable.Counts block(long at, int flags, long offset) throws IOException {
        BlockTable.Counts block = current;
        if ((flags & RamRecord.CONTINUE) == 0) {
            block = blocks.read(in, block);
            current = block;
        } else if (block == null) {
            throw DamagedException.unexpected(at, "record of the RAM section", "CONTINUE before any block was named",
                    "the name of a block");
        }
        if (offset < 0 || offset >= block.entry.lengthBytes()) {
            throw DamagedException.unexpected(at, "page of RAM block '" + block.entry.name() + "'",
                    "offset " + Long.toUnsignedString(offset), "one below its " + block.entry.lengthBytes() + " bytes");
        }
        return block;
    }

    private void readDelta() throws IOException {
        expectByte("encoding of an XBZRLE record", 1);
        long at = in.position();
        int length = in.u16();
        if (length < 1 || length > XbzrleDelta.MAX_BYTES) {
            throw DamagedException.unexpected(at, "length of an XBZRLE record", length + " bytes",
                    "1 to " + XbzrleDelta.MAX_BYTES);
        }
        in.bytes(delta, length);
        try {
            XbzrleDelta.apply(deltaBytes, length, NOWHERE);
        } catch (MalformedStreamException e) {
            throw new DamagedException(new Finding.Malformed(at, String.valueOf(e.getMessage())));
        }
    }

    private void expectByte(String what, int expected) throws IOException {
        long at = in.position();
        int got = in.u8();
        if (got != expected) {
            throw DamagedException.unexpected(at, what, "0x%02x".formatted(got), "0x%02x".formatted(expected));
        }
    }
}
