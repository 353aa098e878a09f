package io.godwit.engine.mappedram;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Gathers what is written to consecutive places of a file, so that one system call carries many pages. Owns its buffer; the
 * channel, which leads to the file, is lent. One thread.
 */
final class WriteBehind implements AutoCloseable {
    private static final int CAPACITY = 1 << 20;

    private final Channel channel;
    private final NativeBuffer buffer = new NativeBuffer(CAPACITY);
    private long start;
    private int used;

    WriteBehind(Channel channel) {
        this.channel = channel;
    }

    /** Takes {@code length} bytes, at most {@link #CAPACITY}, for {@code place} in the file. */
    void write(long place, MemorySegment source, long at, long length) throws IOException {
        if (place != start + used || used + length > CAPACITY) {
            flush();
            start = place;
        }
        MemorySegment.copy(source, at, buffer.segment(), used, length);
        used += (int) length;
    }

    /** Brings everything into the file, where {@code pread} finds it, and has the kernel begin to write it out. */
    void flush() throws IOException {
        if (used > 0) {
            Fd file = channel.file();
            file.pwriteFully(buffer.segment(), 0, used, start);
            file.startWriteback(start, used);
            used = 0;
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
