package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.seal.Seal;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A descriptor that can be read at once, and the seal if it is a file that has one. */
record Ready(Fd fd, Kind kind, @Nullable Seal seal) implements Incoming {

    @Override
    public List<Channel> accept(Abort abort, int count) throws IOException {
        if (count != 1) {
            throw new IOException("multifd needs " + count + " connections, and a " + kind + " is one");
        }
        return List.of(seal == null ? new Channel(fd, kind, abort) : new Channel(fd, seal, abort));
    }

    @Override
    public Channel acceptAnother(Abort abort, Channel main) throws IOException {
        throw new IOException("postcopy-preempt needs a second connection, and a " + kind + " is one");
    }

    @Override
    public void stopListening() {
        // It never did.
    }

    @Override
    public List<ListeningAddress> addresses() {
        return List.of();
    }

    /** The channel, once accepted, closes the same things: closing twice does no harm. */
    @Override
    public void close() {
        fd.close();
        if (seal != null) {
            seal.close();
        }
    }
}
