package io.godwit.engine.precopy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.XbzrleDelta;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Makes deltas of pages in native memory. Owns the room for one; allocates nothing per delta. One thread. */
final class DeltaEncoder implements XbzrleDelta.Difference, XbzrleDelta.Sink, AutoCloseable {
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** With what stands before it, a delta must not be longer than the page. */
    private static final int MOST_BYTES = RamBlock.PAGE_SIZE - PageRecords.DELTA_HEAD;

    private final NativeBuffer room = new NativeBuffer(RamBlock.PAGE_SIZE);
    private final MemorySegment delta = room.segment();
    private MemorySegment before = MemorySegment.NULL;
    private long beforeAt;
    private MemorySegment now = MemorySegment.NULL;
    private long nowAt;

    /** Makes that of a page which was what is in {@code before} and is what is in {@code now}; returns as {@link XbzrleDelta#encode}. */
    int encode(MemorySegment before, long beforeAt, MemorySegment now, long nowAt) {
        this.before = before;
        this.beforeAt = beforeAt;
        this.now = now;
        this.nowAt = nowAt;
        return XbzrleDelta.encode(this, this, MOST_BYTES);
    }

    /** The last one made, from its start on. */
    MemorySegment delta() {
        return delta;
    }

    @Override
    public long at(int offset) {
        return before.get(LE64, beforeAt + offset) ^ now.get(LE64, nowAt + offset);
    }

    @Override
    public int firstChanged(int from) {
        int length = RamBlock.PAGE_SIZE - from;
        long at = MemorySegment.mismatch(before, beforeAt + from, beforeAt + from + length, now, nowAt + from,
                nowAt + from + length);
        return at < 0 ? RamBlock.PAGE_SIZE : from + (int) at;
    }

    @Override
    public void put(int index, int value) {
        delta.set(JAVA_BYTE, index, (byte) value);
    }

    @Override
    public void copy(int index, int offset, int length) {
        MemorySegment.copy(now, nowAt + offset, delta, index, length);
    }

    @Override
    public void close() {
        room.close();
    }
}
