package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
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

/** A listening socket and, for a unix one, its name in the file system. Both go once a source has come. */
record Listening(Fd socket, List<ListeningAddress> addresses, @Nullable Path path) implements Incoming {

    @Override
    public List<Channel> accept(Abort abort, int count) throws IOException {
        List<Channel> accepted = new ArrayList<>();
        try (Poll poll = abort.poll()) {
            while (accepted.size() < count) {
                accepted.add(new Channel(StreamSocket.accept(socket, poll), Kind.SOCKET, abort));
            }
            close();
            return accepted;
        } catch (IOException | RuntimeException e) {
            accepted.forEach(Channel::close);
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
