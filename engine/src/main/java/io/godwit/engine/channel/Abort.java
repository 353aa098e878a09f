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
        event = EventFd.create();
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

    /** Waits so long, or until the switch is thrown. */
    public void pause(long nanos) throws IOException {
        check();
        try (Poll poll = new Poll()) {
            poll.await(event, nanos);
        }
        check();
    }

    EventFd event() {
        return event;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            event.close();
        }
    }
}
