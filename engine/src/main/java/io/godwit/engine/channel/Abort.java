package io.godwit.engine.channel;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Poll;
import java.io.IOException;

/**
 * A one-way switch that any thread may throw: whoever waits for a peer, for bandwidth or for an operator stops waiting,
 * with an {@link AbortedException}. Owns an eventfd, which every such wait polls beside what it waits for.
 */
public final class Abort implements AutoCloseable {
    private final EventFd event;
    private volatile boolean requested;
    private boolean closed;

    public Abort() throws IOException {
        event = new EventFd();
    }

    /** From any thread, any number of times, also after {@link #close}. */
    public synchronized void request() {
        requested = true;
        if (!closed) {
            event.signal();
        }
    }

    public boolean requested() {
        return requested;
    }

    public void check() throws AbortedException {
        if (requested) {
            throw new AbortedException();
        }
    }

    /** A way to wait for something else as well; it must be closed before this. */
    public Poll poll() {
        return new Poll(event);
    }

    /** As {@link #poll()}, with room for so many others. */
    Poll poll(int mostOthers) {
        return new Poll(event, mostOthers);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            event.close();
        }
    }
}
