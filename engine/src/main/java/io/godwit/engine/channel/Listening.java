package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listening socket and, for a unix one, its name in the file system. Both go once all of a source has come. */
record Listening(Fd socket, List<ListeningAddress> addresses, @Nullable Path path) implements Incoming {

    @Override
    public List<Channel> accept(Abort abort, int count) throws IOException {
        List<Channel> accepted = new ArrayList<>();
        try (Poll poll = abort.poll(count)) {
            List<Fd> connections = new ArrayList<>();
            while (accepted.size() < count) {
                Fd connection = accept(poll, connections, count);
                accepted.add(new Channel(connection, Kind.SOCKET, abort));
                connections.add(connection);
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
            return new Channel(StreamSocket.accept(socket, poll, List.of(main.descriptor())), Kind.SOCKET, abort);
        } catch (IOException e) {
            abort.check();
            throw new IOException("the source's second connection did not come, set postcopy-preempt at both sides: "
                    + e.getMessage(), e);
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
