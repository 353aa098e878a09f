package io.godwit.engine.precopy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes records of pages into the staging buffer and counts them. A record is begun, its page put where it would stand, and
 * then ended as what it turns out to be; one that is not ended was never there. The output is lent. One thread.
 */
public final class PageRecords {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    /** A record without a page: flags, the longest name, a byte. */
    private static final int SMALL_RECORD = 8 + 1 + 255 + 1;

    private final StreamOutput out;
    private @Nullable RamBlock named;
    private @Nullable RamBlock begun;
    private int record;
    private int data;
    private int flags;
    private long normalPages;
    private long zeroPages;

    public PageRecords(StreamOutput out) {
        this.out = out;
    }

    /** Begins a record of a page of {@code block}; returns where in the output's buffer the page has room. */
    public int begin(RamBlock block) throws IOException {
        record = out.reserve(SMALL_RECORD + PAGE_SIZE);
        data = record + Long.BYTES;
        flags = RamRecord.CONTINUE;
        begun = block;
        if (!block.equals(named)) {
            putName(block.name());
        }
        return data;
    }

    /** The block's name stands where the record before was of another one; then there is no flag CONTINUE. */
    private void putName(String name) {
        byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
        out.putU8(data, ascii.length);
        MemorySegment.copy(ascii, 0, out.buffer(), JAVA_BYTE, data + 1, ascii.length);
        data += 1 + ascii.length;
        flags = 0;
    }

    /** Ends the record of the page at {@code offset}, which was put where {@link #begin} said, as its content shows. */
    public void endPage(long offset) {
        if (NativeBuffer.isZeroPage(out.buffer(), data)) {
            endZero(offset);
        } else {
            endNormal(offset);
        }
    }

    private void endNormal(long offset) {
        end(offset, RamRecord.PAGE, PAGE_SIZE);
        normalPages++;
    }

    private void endZero(long offset) {
        out.putU8(data, 0);
        end(offset, RamRecord.ZERO, 1);
        zeroPages++;
    }

    private void end(long offset, int kind, int length) {
        out.putU64(record, offset | flags | kind);
        out.commit(data + length - record);
        named = begun;
    }

    /** Records with a page. */
    public long normalPages() {
        return normalPages;
    }

    public long zeroPages() {
        return zeroPages;
    }
}
