package io.godwit.engine.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.seal.Sealing;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream's values through a staging buffer of 1 MiB: one system call carries some 255 pages, and a page that was
 * copied there cannot change any more. Owns the buffer and the rate limit, not the channel. One thread.
 */
public final class StreamOutput implements WireOutput, AutoCloseable {
    private static final int CAPACITY = 1 << 20;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Channel channel;
    private final RateLimit limit;
    private final LongConsumer written;
    private final NativeBuffer staging = new NativeBuffer(CAPACITY);
    private final MemorySegment buffer = staging.segment();
    private int position;
    private long filePosition;

    /** @param written told how many bytes the channel took, each time it took some */
    public StreamOutput(Channel channel, RateLimit limit, LongConsumer written) {
        this.channel = channel;
        this.limit = limit;
        this.written = written;
        filePosition = channel.fileStart();
    }

    /**
     * Makes room for {@code bytes} (at most 1 MiB) in one piece and returns where in {@link #buffer} they go. They count
     * only when {@link #commit} is called, before anything else.
     */
    public int reserve(int bytes) throws IOException {
        if (CAPACITY - position < bytes) {
            flush();
        }
        return position;
    }

    /** The staging buffer that {@link #reserve} speaks of. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** Keeps the first {@code bytes} of what was reserved. */
    public void commit(int bytes) {
        position += bytes;
    }

    /** Writes a be64 at an offset that {@link #reserve} gave. */
    public void putU64(int at, long value) {
        buffer.set(BE64, at, value);
    }

    /** Writes the first {@code count} of {@code values} as be64, from an offset on that {@link #reserve} gave. */
    public void putU64s(int at, long[] values, int count) {
        MemorySegment.copy(values, 0, buffer, BE64, at, count);
    }

    /** Writes a byte at an offset that {@link #reserve} gave. */
    public void putU8(int at, int value) {
        buffer.set(JAVA_BYTE, at, (byte) value);
    }

    @Override
    public void u8(int value) throws IOException {
        buffer.set(JAVA_BYTE, reserve(1), (byte) value);
        commit(1);
    }

    @Override
    public void u16(int value) throws IOException {
        buffer.set(BE16, reserve(2), (short) value);
        commit(2);
    }

    @Override
    public void u32(int value) throws IOException {
        buffer.set(BE32, reserve(4), value);
        commit(4);
    }

    @Override
    public void u64(long value) throws IOException {
        buffer.set(BE64, reserve(8), value);
        commit(8);
    }

    @Override
    public void bytes(byte[] value) throws IOException {
        for (int done = 0; done < value.length;) {
            int at = reserve(1);
            int part = Math.min(value.length - done, CAPACITY - at);
            MemorySegment.copy(value, done, buffer, JAVA_BYTE, at, part);
            commit(part);
            done += part;
        }
    }

    /** Gives the channel everything written so far, no faster than the limit. */
    public void flush() throws IOException {
        for (int done = 0; done < position;) {
            int part = (int) limit.take(position - done);
            channel.write(buffer, done, part);
            done += part;
            written.accept(part);
        }
        Sealing sealing = channel.sealing();
        if (sealing != null) {
            sealing.note(buffer, 0, position, filePosition);
        }
        filePosition += position;
        position = 0;
    }

    /**
     * Gives the channel, a peer's, everything written so far and then {@code pieces}, which are used up: they go from where they
     * lie. No faster than the limit.
     */
    public void flushWith(IoVector pieces) throws IOException {
        if (pieces.byteSize() == 0) {
            flush();
            return;
        }
        long length = position + pieces.byteSize();
        pieces.addFirst(buffer, 0, position);
        take(length);
        channel.write(pieces);
        filePosition += length;
        position = 0;
    }

    /** The file that the stream is written to, as {@link Channel#file} gives it. */
    public Fd file() throws IOException {
        return channel.file();
    }

    /** Where to note what is written to the file beside the stream; null when it is not to be sealed. */
    public @Nullable Sealing sealing() {
        return channel.sealing();
    }

    /** Where in the file the next byte will stand. */
    public long filePosition() {
        return filePosition + position;
    }

    /** Goes on writing at another place of the file; what is left out is a hole. */
    public void seek(long target) throws IOException {
        flush();
        channel.file().seek(target);
        filePosition = target;
    }

    /**
     * Waits until {@code bytes} may be written to the file beside the stream, no faster than the limit, which is for all who write
     * there together, and counts them. An abort shows here. Any thread, while nothing is written to the stream itself.
     */
    public synchronized void pace(long bytes) throws IOException {
        channel.file();
        take(bytes);
    }

    private void take(long bytes) throws IOException {
        limit.takeAll(bytes);
        written.accept(bytes);
    }

    @Override
    public void close() {
        limit.close();
        staging.close();
    }
}
