package io.godwit.engine.guest.kvm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A serial line over streams that may block, such as a terminal. Owns the output stream and the thread that writes to it,
 * and at most one that reads; the input stream, which cannot be told to stop, is read until the process ends.
 */
final class StreamSerialLine implements SerialLine {
    static final int QUEUE_BYTES = 64 << 10;
    private static final long FLUSH_NANOS = 100_000_000;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(StreamSerialLine.class);

    private final OutputStream out;
    private final @Nullable InputStream in;
    private final Thread writer;
    // Guarded by this: bytes that wait for the writer, and whether more may come.
    private final byte[] queue = new byte[QUEUE_BYTES];
    private int queued;
    private boolean writing;
    private boolean closed;

    StreamSerialLine(OutputStream out, @Nullable InputStream in) {
        this.out = out;
        this.in = in;
        writer = Thread.ofPlatform().daemon().name("serial-out").start(this::write);
    }

    @Override
    public synchronized void send(int value) {
        if (queued < queue.length && !closed) {
            queue[queued++] = (byte) value;
            notifyAll();
        }
    }

    @Override
    public void onInput(IntConsumer receiver) {
        if (in != null) {
            InputStream source = in;
            Thread.ofPlatform().daemon().name("serial-in").start(() -> read(source, receiver));
        }
    }

    private void write() {
        var chunk = new byte[QUEUE_BYTES];
        try (out) {
            for (int count = take(chunk); count > 0; count = take(chunk)) {
                out.write(chunk, 0, count);
                out.flush();
            }
        } catch (IOException e) {
            LOG.warn("serial line: output is lost from here on: {}", e.getMessage());
        }
    }

    /** Moves what is queued; 0 when nothing is and nothing will be. */
    private synchronized int take(byte[] chunk) {
        writing = false;
        notifyAll();
        while (queued == 0 && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        int count = queued;
        writing = count > 0;
        System.arraycopy(queue, 0, chunk, 0, count);
        queued = 0;
        return count;
    }

    @Override
    public synchronized void flush() {
        long end = System.nanoTime() + FLUSH_NANOS;
        while ((queued > 0 || writing) && writer.isAlive() && System.nanoTime() < end) {
            try {
                wait(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void read(InputStream source, IntConsumer receiver) {
        try {
            for (int value = source.read(); value >= 0 && !isClosed(); value = source.read()) {
                receiver.accept(value);
            }
        } catch (IOException e) {
            LOG.warn("serial line: no more input: {}", e.getMessage());
        }
    }

    /** What is queued is still written, unless the other side does not take it for a second. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            writer.join(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
