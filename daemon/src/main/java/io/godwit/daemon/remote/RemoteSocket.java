package io.godwit.daemon.remote;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.PeerCredentials;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Owns a connected unix socket. One thread sends and one receives, both at once if need be; any thread may abort them. Closed
 * when neither is in a call.
 */
final class RemoteSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final EventFd abort = new EventFd();
    private final Poll sendingPoll = new Poll(abort);
    private final Poll receivingPoll = new Poll(abort);
    private final ByteBuffer outgoing = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Fd socket;
    private final FdMessages sender;
    private final FdMessages receiver;

    /** Waits at most {@code patienceMillis} for the listener's backlog to have room. */
    RemoteSocket(Path path, long patienceMillis) throws IOException {
        try {
            socket = StreamSocket.connect(new StreamAddress.Unix(path), sendingPoll, patienceMillis);
            sender = new FdMessages(socket);
            receiver = new FdMessages(socket);
        } catch (IOException | RuntimeException e) {
            closePolls();
            throw e;
        }
    }

    /**
     * Sends all of it. After a failure the peer may have a part of it, so that nothing further can be sent.
     *
     * @param descriptor goes with the first byte; lent
     */
    void send(byte[] bytes, Optional<Fd> descriptor, long patienceMillis) throws IOException {
        List<Fd> unsent = descriptor.stream().toList();
        for (int at = 0; at < bytes.length;) {
            outgoing.clear().put(bytes, at, Math.min(bytes.length - at, BUFFER_BYTES)).flip();
            while (outgoing.hasRemaining()) {
                int sent = sender.sendNow(outgoing, unsent);
                if (sent == Fd.WOULD_BLOCK) {
                    ready(sendingPoll.awaitWritable(socket, patienceMillis), "takes no bytes", patienceMillis);
                } else {
                    unsent = List.of();
                    at += sent;
                }
            }
        }
    }

    /** The next bytes, at least one; they are gone at the next call. Waits for them for ever. */
    ByteBuffer receive() throws IOException {
        while (true) {
            incoming.clear();
            int received = receiver.receiveNow(incoming);
            // Nobody asks for descriptors; one that came all the same is not to stay open.
            receiver.takeFds().forEach(Fd::close);
            if (received == 0) {
                throw new EOFException("it has closed the connection");
            }
            if (received != Fd.WOULD_BLOCK) {
                return incoming.flip();
            }
            ready(receivingPoll.awaitReadable(socket, Poll.FOREVER), "sends nothing", Poll.FOREVER);
        }
    }

    private static void ready(Poll.Outcome outcome, String otherwise, long patienceMillis) throws IOException {
        switch (outcome) {
            case READY -> {
            }
            case ABORTED -> throw new IOException("the connection was closed here");
            case TIMED_OUT, LOST -> throw new IOException("it " + otherwise + " for " + patienceMillis + " ms");
        }
    }

    /** Who made the other end. */
    PeerCredentials peer() throws IOException {
        return StreamSocket.peerCredentials(socket);
    }

    /** Whoever sends or receives, now or later, fails. */
    void abort() {
        abort.signal();
    }

    private void closePolls() {
        sendingPoll.close();
        receivingPoll.close();
        abort.close();
    }

    @Override
    public void close() {
        sender.close();
        receiver.close();
        socket.close();
        closePolls();
    }
}
