package io.godwit.inspect;

import io.godwit.protocol.stream.RamRecord;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks what came over the second connection of a postcopy with postcopy-preempt: the pages that were asked for.
 *
 * <pre>
 * PAGE or ZERO, as in the RAM section, the first with its block's name; no magic, no sections
 * [EOS]                                with machines up to 7.2
 * </pre>
 */
final class PreemptWalk {
    private static final int PAGE_SIZE = 4096;
    /** Where no block of RAM can reach. */
    private static final long MOST_BYTES = 1L << 52;

    private final FileInput in;
    private final Place place = new Place();
    private final List<Finding> findings = new ArrayList<>();
    private final UnlistedBlocks blocks = new UnlistedBlocks();
    private UnlistedBlocks.@Nullable Counts current;

    PreemptWalk(FileInput in) {
        this.in = in;
    }

    /** Whether these can be its first four bytes: the upper half of an offset. */
    static boolean mayBegin(int word) {
        return word >= 0 && word < MOST_BYTES >>> Integer.SIZE;
    }

    /** Whether these can be its first eight bytes: a record that names its block. */
    static boolean begins(long head) {
        int flags = (int) head & RamRecord.FLAGS;
        return mayBegin((int) (head >>> Integer.SIZE)) && (flags == RamRecord.PAGE || flags == RamRecord.ZERO);
    }

    PreemptReport read() throws IOException {
        try {
            boolean over = false;
            while (!over && !in.atEnd()) {
                over = !readRecord();
            }
            long end = in.position();
            long left = over ? in.drain() : 0;
            if (left > 0) {
                findings.add(new Finding.LeftOver(end, left));
            }
        } catch (DamagedException e) {
            findings.add(e.finding());
        } catch (EOFException e) {
            findings.add(place.truncated(in.position()));
        }
        long end = findings.isEmpty() ? in.position() : findings.getFirst().offset();
        return new PreemptReport(in.start(), end, findings.isEmpty(), blocks.report(), findings);
    }

    /** Whether it was no EOS. */
    private boolean readRecord() throws IOException {
        long at = in.position();
        place.enter("a record", at);
        long head = in.u64();
        int flags = (int) head & RamRecord.FLAGS;
        switch (flags & ~RamRecord.CONTINUE) {
            case RamRecord.PAGE -> {
                block(at, head).normal++;
                in.skip(PAGE_SIZE);
            }
            case RamRecord.ZERO -> {
                block(at, head).zero++;
                readFill();
            }
            case RamRecord.EOS -> {
                return false;
            }
            default -> throw DamagedException.unexpected(at, "record", RamRecord.describe(flags), "PAGE, ZERO or EOS");
        }
        return true;
    }

    private UnlistedBlocks.Counts block(long at, long head) throws IOException {
        long offset = head & ~(long) RamRecord.FLAGS;
        if (offset < 0 || offset >= MOST_BYTES) {
            throw DamagedException.unexpected(at, "offset of a page", Long.toUnsignedString(offset),
                    "one below " + MOST_BYTES);
        }
        UnlistedBlocks.Counts block = current;
        if ((head & RamRecord.CONTINUE) == 0) {
            long nameAt = in.position();
            block = blocks.of(in.str8(), nameAt, "a record");
            current = block;
        } else if (block == null) {
            throw DamagedException.unexpected(at, "record", "CONTINUE before any block was named",
                    "the name of a block");
        }
        return block;
    }

    private void readFill() throws IOException {
        long at = in.position();
        int fill = in.u8();
        if (fill != 0) {
            throw DamagedException.unexpected(at, "byte that a page is filled with", "0x%02x".formatted(fill), "0x00");
        }
    }
}
