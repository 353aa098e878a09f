package io.godwit.engine.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.seal.Seal;
import io.godwit.protocol.stream.WireInput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads a stream's values through a staging buffer of 1 MiB. Owns the buffer, not the channel. One thread. */
public final class StreamInput implements WireInput, AutoCloseable {
    private static final int CAPACITY = 1 << 20;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Channel channel;
    private final LongConsumer received;
    private final NativeBuffer staging = new NativeBuffer(CAPACITY);
    private final MemorySegment buffer = staging.segment();
    private int position;
    private int limit;
    private long taken;

    /** @param received told how many bytes the channel gave, each time it gave some; or, less than 0, gave in vain */
    public StreamInput(Channel channel, LongConsumer received) {
        this.channel = channel;
        this.received = received;
    }

    @Override
    public long position() {
        return taken + position;
    }

    @Override
    public int u8() throws IOException {
        return buffer.get(JAVA_BYTE, next(1)) & 0xff;
    }

    @Override
    public int u16() throws IOException {
        return buffer.get(BE16, next(2)) & 0xffff;
    }

    @Override
    public int u32() throws IOException {
        return buffer.get(BE32, next(4));
    }

    @Override
    public long u64() throws IOException {
        return buffer.get(BE64, next(8));
    }

    @Override
    public void u64s(long[] values) throws IOException {
        MemorySegment.copy(buffer, BE64, next(values.length * Long.BYTES), values, 0, values.length);
    }

    @Override
    public byte[] bytes(int length) throws IOException {
        byte[] value = new byte[length];
        for (int done = 0; done < length;) {
            int part = Math.min(length - done, CAPACITY);
            MemorySegment.copy(buffer, JAVA_BYTE, next(part), value, done, part);
            done += part;
        }
        return value;
    }

    /** The next four bytes, which stay where they are: what a connection is shows in them. */
    public int peekU32() throws IOException {
        int value = u32();
        position -= Integer.BYTES;
        return value;
    }

    /** The next eight bytes, which stay where they are. */
    public long peekU64() throws IOException {
        long value = u64();
        position -= Long.BYTES;
        return value;
    }

    /** Takes {@code length} bytes (at most 64 KiB) and returns where in {@link #buffer} they stand until the next call. */
    public int take(int length) throws IOException {
        return next(length);
    }

    /**
     * Reads so far ahead that {@code bytes} (at most 64 KiB) can be taken, and no further: what comes after them can then go
     * elsewhere by {@link #takeInto}. Less is there when the stream ends before.
     */
    public void await(int bytes) throws IOException {
        long got = 1;
        while (limit - position < bytes && got > 0) {
            got = fill(bytes);
        }
    }

    /** Takes as many bytes as there is room for in {@code pieces}: only what was read ahead passes through the buffer. */
    public void takeInto(IoVector pieces) throws IOException {
        long length = pieces.byteSize();
        int ahead = (int) Math.min(length, limit - position);
        pieces.fill(buffer, position, ahead);
        position += ahead;
        while (pieces.byteSize() > 0) {
            long got = channel.read(pieces);
            if (got == 0) {
                throw endsWithin(length);
            }
            taken += got;
            received.accept(got);
        }
    }

    /** The staging buffer that {@link #take} speaks of. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** The file that the stream is read from, as {@link Channel#file} gives it. */
    public Fd file() throws IOException {
        return channel.file();
    }

    /** What the file has to be; null when it is not sealed. Lent. */
    public @Nullable Seal seal() {
        return channel.seal();
    }

    /** Reads a piece of the file, as {@link Channel#readAt} does. */
    public void readAt(long filePosition, MemorySegment target, long at, long length) throws IOException {
        channel.readAt(filePosition, target, at, length);
    }

    /** Where in the file the next byte stands. */
    public long filePosition() {
        return channel.fileStart() + position();
    }

    /** Goes on reading at another place of the file. */
    public void seek(long filePosition) throws IOException {
        channel.file().seek(filePosition);
        received.accept(position - limit); // what was read ahead is not the stream's
        taken = filePosition - channel.fileStart();
        position = 0;
        limit = 0;
    }

    /** Whether the stream ends here instead of going on. */
    public boolean atEnd() throws IOException {
        return position == limit && fill(CAPACITY) == 0;
    }

    /** Takes {@code bytes} in one piece and returns where in the buffer they stand. */
    private int next(int bytes) throws IOException {
        while (limit - position < bytes) {
            if (fill(CAPACITY) == 0) {
                throw endsWithin(bytes);
            }
        }
        int at = position;
        position += bytes;
        return at;
    }

    private EOFException endsWithin(long bytes) {
        return new EOFException("the stream ends at byte %d, in the middle of a value of %d bytes"
                .formatted(taken + limit, bytes));
    }

    /** Reads until there are {@code most} bytes in the buffer, or fewer. */
    private long fill(int most) throws IOException {
        if (position == limit) {
            taken += limit;
            position = 0;
            limit = 0;
        } else if (position > 0) {
            // What is left is the beginning of one value: a page and its header, or a packet's data.
            MemorySegment.copy(buffer, position, buffer, 0, limit - position);
            taken += position;
            limit -= position;
            position = 0;
        }
        long got = channel.read(buffer, limit, most - limit);
        limit += (int) got;
        received.accept(got);
        return got;
    }

    @Override
    public void close() {
        staging.close();
    }
}
