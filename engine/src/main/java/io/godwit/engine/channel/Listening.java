package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.tls.TlsPolicy;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket and, for a unix one, its name in the file system. Both go once all of a source has come. Who does not get
 * through the handshake is no source: as in QEMU, the next one is waited for.
 *
 * @param policy how connections are secured; empty when they are not
 */
record Listening(Fd socket, List<ListeningAddress> addresses, @Nullable Path path,
        Optional<TlsPolicy> policy) implements Incoming {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    @Override
    public List<Channel> accept(Abort abort, int count) throws IOException {
        List<Channel> accepted = new ArrayList<>();
        try (Poll poll = abort.poll(count)) {
            List<Fd> connections = new ArrayList<>();
            while (accepted.size() < count) {
                Optional<Channel> channel = secured(new Channel(accept(poll, connections, count), Kind.SOCKET, abort));
                if (channel.isPresent()) {
                    accepted.add(channel.get());
                    connections.add(channel.get().waitable());
                }
            }
            return accepted;
        } catch (IOException | RuntimeException e) {
            accepted.forEach(Channel::close);
            abort.check();
            throw e;
        }
    }

    @Override
    public Channel acceptAnother(Abort abort, Channel main) throws IOException {
        try (Poll poll = abort.poll(1)) {
            while (true) {
                Optional<Channel> channel = secured(new Channel(
                        StreamSocket.accept(socket, poll, List.of(main.waitable())), Kind.SOCKET, abort));
                if (channel.isPresent()) {
                    return channel.get();
                }
            }
        } catch (IOException e) {
            abort.check();
            throw new IOException("the source's second connection did not come, set postcopy-preempt at both sides: "
                    + e.getMessage(), e);
        }
    }

    /** Closes the channel and is empty when the other end is not let in. */
    private Optional<Channel> secured(Channel channel) throws AbortedException {
        try {
            channel.secure(policy);
            return Optional.of(channel);
        } catch (AbortedException | RuntimeException e) {
            channel.close();
            throw e;
        } catch (IOException e) {
            channel.close();
            LOG.warn("a connection is refused: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Fd accept(Poll poll, List<Fd> earlier, int count) throws IOException {
        try {
            return StreamSocket.accept(socket, poll, earlier);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ECONNRESET) {
                throw e;
            }
            throw new IOException(
                    "the source ended a connection after %d of %d: set multifd and the same multifd-channels at both sides"
                            .formatted(earlier.size(), count),
                    e);
        }
    }

    @Override
    public void close() {
        stopListening();
    }

    @Override
    public void stopListening() {
        if (!socket.isOpen()) {
            return;
        }
        socket.close();
        if (path != null) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // The name stays behind; whoever listens there next replaces it.
            }
        }
    }
}
