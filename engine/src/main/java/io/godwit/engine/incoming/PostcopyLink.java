package io.godwit.engine.incoming;

import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import java.io.IOException;

/**
 * One way between a postcopy's source and here, from its first byte until it is lost: the connections and the return path. A
 * recovery makes another one. Owns them.
 */
final class PostcopyLink implements AutoCloseable {
    private final Incoming incoming;
    private final Connections connections;
    private final ReturnPathWriter back;
    private boolean closed;

    /** Takes all of it over. */
    PostcopyLink(Incoming incoming, Connections connections, ReturnPathWriter back) {
        this.incoming = incoming;
        this.connections = connections;
        this.back = back;
    }

    StreamInput input() {
        return connections.mainInput();
    }

    ReturnPathWriter back() {
        return back;
    }

    /** Waits for the connection that requested pages come on. */
    StreamInput acceptPreempt() throws IOException {
        return connections.acceptPreempt();
    }

    /** Ends the second connection, if there is one: all that is to come on it has. */
    synchronized void shutDownPreempt() {
        if (!closed) {
            connections.shutDownOthers();
        }
    }

    /** Breaks it off: whoever reads or writes here finds it lost. Any thread, any number of times. */
    synchronized void shutDown() {
        if (!closed) {
            connections.shutDown();
        }
    }

    /** Nobody may be reading or writing any more. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        back.close();
        connections.close();
        incoming.close();
    }
}
