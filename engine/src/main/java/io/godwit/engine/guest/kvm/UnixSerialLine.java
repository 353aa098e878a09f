package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A serial line for whoever connects to a unix socket; the last to do so has it. Owns socket, file, and one thread, which alone
 * replaces and drops clients. While the line is passed on to another process there is no thread, and the file is not removed.
 */
final class UnixSerialLine implements SerialLine {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSerialLine.class);
    private static final int BACKLOG = 8;
    private static final int INPUT_BYTES = 256;

    private final Path path;
    private final Fd listening;
    private final EventFd stop;
    private final Poll poll;
    private final NativeBuffer input = new NativeBuffer(INPUT_BYTES);
    // Guarded by this.
    private final NativeBuffer output = new NativeBuffer(1);
    private @Nullable Fd client;
    private @Nullable Thread thread;
    private boolean closed;
    private IntConsumer receiver = value -> {};

    private UnixSerialLine(Path path, Fd listening, @Nullable Fd client) throws IOException {
        this.path = path;
        this.listening = listening;
        this.client = client;
        stop = new EventFd();
        poll = new Poll(stop, 2);
    }

    /**
     * Listens at {@code path}, for the owner alone (mode 0600). A file that nobody listens behind is replaced.
     *
     * @throws IOException also when somebody listens there
     */
    static UnixSerialLine listen(Path path) throws IOException {
        refuseLive(path);
        Fd listening = StreamSocket.listen(new StreamAddress.Unix(path), BACKLOG, StreamSocket.OWNER_ONLY);
        var line = open(path, listening, null);
        line.serve();
        return line;
    }

    /**
     * A line that another process had, which still serves it: clients are not listened to before {@link #serve}. Takes ownership of
     * the descriptors.
     */
    static UnixSerialLine passedOn(Path path, List<Fd> descriptors) throws IOException {
        if (descriptors.isEmpty() || descriptors.size() > 2) {
            descriptors.forEach(Fd::close);
            throw new IOException("serial line: " + descriptors.size() + " descriptors, expected 1 or 2");
        }
        return open(path, descriptors.getFirst(), descriptors.size() > 1 ? descriptors.getLast() : null);
    }

    private static UnixSerialLine open(Path path, Fd listening, @Nullable Fd client) throws IOException {
        try {
            return new UnixSerialLine(path, listening, client);
        } catch (IOException e) {
            listening.close();
            if (client != null) {
                client.close();
            }
            throw e;
        }
    }

    private static void refuseLive(Path path) throws IOException {
        if (StreamSocket.removeStale(new StreamAddress.Unix(path)) || !Files.exists(path)) {
            return;
        }
        throw new IOException("serial line: '" + path
                + (Files.isRegularFile(path) || Files.isDirectory(path)
                        ? "' is no socket"
                        : "': somebody listens there already"));
    }

    @Override
    public synchronized void send(int value) {
        Fd peer = client;
        if (peer != null && !closed) {
            output.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) value);
            try {
                long ignored = peer.write(output.segment(), 0, 1); // WOULD_BLOCK when the peer does not read: dropped
            } catch (ErrnoException e) {
                LOG.trace("serial line: {}", e.getMessage()); // it has gone, as the thread sees, too
            }
        }
    }

    @Override
    public synchronized void onInput(IntConsumer consumer) {
        receiver = consumer;
    }

    @Override
    public synchronized void serve() {
        if (thread == null && !closed) {
            stop.drain();
            thread = Thread.ofPlatform().daemon().name("serial").start(this::run);
        }
    }

    /** {@inheritDoc} The listening socket, and that of the client, if there is one. */
    @Override
    public List<Fd> passOn() {
        stop();
        return sockets();
    }

    private synchronized List<Fd> sockets() {
        var sockets = new ArrayList<Fd>(List.of(listening));
        Fd peer = client;
        if (peer != null) {
            sockets.add(peer);
        }
        return sockets;
    }

    /** Whether there was a thread. */
    private boolean stop() {
        Thread running = takeThread();
        if (running == null) {
            return false;
        }
        stop.signal();
        try {
            running.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    private synchronized @Nullable Thread takeThread() {
        Thread running = thread;
        thread = null;
        return running;
    }

    private void run() {
        try {
            while (poll.awaitAnyReadable(sockets()) != Poll.Outcome.ABORTED) {
                readClient();
                accept();
            }
        } catch (IOException e) {
            LOG.warn("serial line at '{}' ends: {}", path, e.getMessage());
        }
    }

    private void accept() {
        try {
            StreamSocket.acceptNow(listening).ifPresent(this::replaceClient);
        } catch (IOException e) {
            LOG.warn("serial line at '{}': {}", path, e.getMessage());
        }
    }

    private synchronized void replaceClient(@Nullable Fd peer) {
        Fd before = client;
        client = peer;
        if (before != null) {
            before.close();
        }
    }

    private void readClient() {
        Fd peer = current();
        if (peer == null) {
            return;
        }
        long count;
        try {
            count = peer.read(input.segment(), 0, INPUT_BYTES);
        } catch (ErrnoException e) {
            count = 0; // a peer that goes away rudely
        }
        if (count == 0) {
            replaceClient(null);
            return;
        }
        IntConsumer consumer = receiver();
        for (int i = 0; i < count; i++) { // WOULD_BLOCK is less than one
            consumer.accept(Byte.toUnsignedInt(input.segment().get(ValueLayout.JAVA_BYTE, i)));
        }
    }

    private synchronized @Nullable Fd current() {
        return client;
    }

    private synchronized IntConsumer receiver() {
        return receiver;
    }

    @Override
    public void close() {
        boolean served = stop();
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            replaceClient(null);
            output.close();
        }
        try {
            if (served) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("serial line at '{}': close: {}", path, e.getMessage());
        }
        listening.close();
        poll.close();
        stop.close();
        input.close();
    }
}
