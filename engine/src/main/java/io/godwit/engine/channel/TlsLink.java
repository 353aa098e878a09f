package io.godwit.engine.channel;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.TlsConnection;
import io.godwit.engine.tls.TlsPolicy;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * TLS on a channel's socket: what goes in is plain, what goes out are records. Owns the connection and its buffers; descriptor,
 * abort and polls are lent. One thread may read while another writes.
 *
 * <p>A writer listens as well, whenever nobody else does: in TLS 1.3 a client is done before its certificate has been looked at,
 * so that a refusal comes later, and who only writes would learn of it as of a lost connection.
 */
final class TlsLink implements AutoCloseable {
    /** Some 16 records. */
    private static final int BUFFER_BYTES = 1 << 18;
    /** Who says nothing for so long is not going to, and somebody else may be waiting to be accepted. */
    private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** The first byte each way on a connection whose ends are to be sure of each other. */
    private static final byte WELCOME = 'W';
    /** How long a broken connection's reader may take to find out why. */
    private static final long REASON_MILLIS = 1000;

    private final Fd fd;
    private final Abort abort;
    private final Poll readable;
    private final Poll writable;
    private final TlsConnection connection;
    private final boolean client;

    /** Guards what follows. A reader holds it while it waits. */
    private final ReentrantLock reading = new ReentrantLock();
    private final NativeBuffer heardBuffer = new NativeBuffer(BUFFER_BYTES);
    private final MemorySegment heard = heardBuffer.segment();
    private int position;
    private int limit;
    private boolean ended;
    private boolean spoken;
    private String refusal = "";

    private final NativeBuffer gatheredBuffer = new NativeBuffer(BUFFER_BYTES);
    private final MemorySegment gathered = gatheredBuffer.segment();

    private TlsLink(Fd fd, Abort abort, Poll readable, Poll writable, TlsPolicy policy) throws IOException {
        this.fd = fd;
        this.abort = abort;
        this.readable = readable;
        this.writable = writable;
        connection = policy.connection(fd);
        client = !policy.isServer();
    }

    /**
     * Shakes hands on a non-blocking socket, for so long as an abort allows, 30 s at most.
     *
     * @throws IOException with QEMU's words, when either end does not like the other
     */
    static TlsLink establish(Fd fd, Abort abort, Poll readable, Poll writable, TlsPolicy policy) throws IOException {
        var link = new TlsLink(fd, abort, readable, writable, policy);
        try {
            long end = System.nanoTime() + HANDSHAKE_NANOS;
            link.shakeHands(end);
            policy.admit(link.connection);
            if (policy.isMutual()) {
                link.exchangeWelcome(end);
            }
            return link;
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private void shakeHands(long end) throws IOException {
        TlsConnection.Step step = connection.shakeHands();
        while (step != TlsConnection.Step.DONE) {
            await(step, end);
            step = connection.shakeHands();
        }
    }

    private void await(TlsConnection.Step step, long end) throws IOException {
        long left = Math.max(0, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
        Poll.Outcome outcome = step == TlsConnection.Step.WANTS_READ
                ? readable.awaitReadable(fd, left)
                : writable.awaitWritable(fd, left);
        abort.check();
        if (outcome == Poll.Outcome.TIMED_OUT) {
            throw new IOException("TLS handshake failed: the other end has said nothing for "
                    + TimeUnit.NANOSECONDS.toSeconds(HANDSHAKE_NANOS) + " s");
        }
    }

    /** Says that the other end is let in, and waits for its saying so: until then neither depends on the other. */
    private void exchangeWelcome(long end) throws IOException {
        gathered.set(ValueLayout.JAVA_BYTE, 0, WELCOME);
        while (connection.send(gathered, 0, 1) == TlsConnection.WOULD_BLOCK) {
            await(TlsConnection.Step.WANTS_WRITE, end);
        }
        long got = receive(heard, 0, 1);
        while (got == TlsConnection.WOULD_BLOCK) {
            await(TlsConnection.Step.WANTS_READ, end);
            got = receive(heard, 0, 1);
        }
        if (got == 0) {
            throw new IOException(
                    "TLS handshake failed: the other end closed the connection before it let this one in");
        }
        byte said = heard.get(ValueLayout.JAVA_BYTE, 0);
        if (said != WELCOME) {
            throw new IOException(
                    "TLS handshake failed: the other end said %d first, expected %d, by which it lets this one in"
                            .formatted(said, WELCOME));
        }
    }

    /** As {@link Channel#read(MemorySegment, long, long)}. */
    long read(MemorySegment buffer, long offset, long length) throws IOException {
        reading.lock();
        try {
            if (position < limit) {
                int part = (int) Math.min(length, limit - position);
                MemorySegment.copy(heard, position, buffer, offset, part);
                position += part;
                return part;
            }
            return await(buffer, offset, length);
        } finally {
            reading.unlock();
        }
    }

    /** As {@link Channel#read(IoVector)}: guest memory is filled from a buffer, since a record may end anywhere. */
    long read(IoVector pieces) throws IOException {
        reading.lock();
        try {
            if (position == limit) {
                position = 0;
                limit = 0;
                limit = (int) await(heard, 0, Math.min(BUFFER_BYTES, pieces.byteSize()));
            }
            int part = (int) Math.min(pieces.byteSize(), limit - position);
            pieces.fill(heard, position, part);
            position += part;
            return part;
        } finally {
            reading.unlock();
        }
    }

    /** Takes at least one byte; 0 at the end. */
    private long await(MemorySegment buffer, long offset, long length) throws IOException {
        if (ended) {
            return 0;
        }
        long got = receive(buffer, offset, length);
        while (got == TlsConnection.WOULD_BLOCK) {
            readable.awaitReadable(fd, Poll.FOREVER);
            abort.check();
            got = receive(buffer, offset, length);
        }
        return got;
    }

    private long receive(MemorySegment buffer, long offset, long length) throws IOException {
        try {
            long got = connection.receive(buffer, offset, length);
            ended = got == 0;
            spoken |= got > 0;
            return got;
        } catch (IOException e) {
            ended = true;
            if (connection.isRefused()) {
                refusal = e.getMessage() + "; its own log may say more";
            }
            throw refusal.isEmpty() ? e : new IOException(refusal, e);
        }
    }

    /** As {@link Channel#write(MemorySegment, long, long)}. */
    void write(MemorySegment buffer, long offset, long length) throws IOException {
        for (long done = 0; done < length;) {
            abort.check();
            long put = send(buffer, offset + done, length - done);
            if (put == TlsConnection.WOULD_BLOCK) {
                writable.awaitWritable(fd, Poll.FOREVER);
            } else {
                done += put;
            }
        }
        listen();
    }

    private long send(MemorySegment buffer, long offset, long length) throws IOException {
        try {
            return connection.send(buffer, offset, length);
        } catch (IOException e) {
            throw new IOException(reason(String.valueOf(e.getMessage())), e);
        }
    }

    /** As {@link Channel#write(IoVector)}: pieces are gathered first, since a record is made of one. */
    void write(IoVector pieces) throws IOException {
        while (pieces.byteSize() > 0) {
            long part = Math.min(pieces.byteSize(), BUFFER_BYTES);
            pieces.drain(gathered, 0, part);
            write(gathered, 0, part);
        }
    }

    /** Takes what has come, if nobody else is reading; it stays for whoever reads next. */
    private void listen() throws IOException {
        if (reading.tryLock()) {
            try {
                listenHere();
            } finally {
                reading.unlock();
            }
        }
    }

    private void listenHere() throws IOException {
        if (position == limit && !ended) {
            position = 0;
            limit = 0;
            limit = (int) Math.max(0, receive(heard, 0, BUFFER_BYTES));
        }
    }

    /** Why a write has failed: the other end may have said so before. */
    private String reason(String seen) {
        try {
            if (reading.tryLock(REASON_MILLIS, TimeUnit.MILLISECONDS)) {
                try {
                    listenHere();
                } catch (IOException e) {
                    // What it says, if it says something, has been kept.
                } finally {
                    reading.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!refusal.isEmpty()) {
            return refusal;
        }
        return client && !spoken
                ? seen + "; the other end has said nothing yet: if it refuses this end's certificate, its log says why"
                : seen;
    }

    /** Nobody may be reading or writing any more. */
    @Override
    public void close() {
        if (!abort.requested() && fd.isOpen()) {
            connection.bye();
        }
        connection.close();
        heardBuffer.close();
        gatheredBuffer.close();
    }
}
