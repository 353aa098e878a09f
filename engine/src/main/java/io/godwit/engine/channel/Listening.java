package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listening socket and, for a unix one, its name in the file system. Both go once a source has come. */
record Listening(Fd socket, List<ListeningAddress> addresses, @Nullable Path path) implements Incoming {

    @Override
    public Channel accept(Abort abort) throws IOException {
        try (Poll poll = abort.poll()) {
            Fd peer = StreamSocket.accept(socket, poll);
            close();
            return new Channel(peer, Kind.SOCKET, abort);
        } catch (ErrnoException e) {
            abort.check();
            throw e;
        }
    }

    @Override
    public void close() {
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
