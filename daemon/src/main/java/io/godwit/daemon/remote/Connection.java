package io.godwit.daemon.remote;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** Owns one connection of a {@link MonitorLink}, past or present, or one that may take its place. Any thread. */
public final class Connection implements AutoCloseable {
    private static final long LOOK_NANOS = 1_000_000;

    private final RemoteMonitor monitor;
    private final Hearing hearing;
    private final AtomicInteger users = new AtomicInteger();
    private volatile boolean closed;

    /** Hears the connection, for whoever wants to hear it now. */
    private static final class Hearing implements MonitorListener {
        private volatile Consumer<ObjectNode> events;
        private volatile Consumer<IOException> end;
        private volatile boolean lost;

        Hearing(Consumer<ObjectNode> events, Consumer<IOException> end) {
            this.events = events;
            this.end = end;
        }

        @Override
        public void event(String name, ObjectNode message) {
            events.accept(message);
        }

        @Override
        public void lost(IOException why) {
            lost = true;
            end.accept(why);
        }
    }

    /** Something that may be executed on the monitor until it is closed: {@link Connection#awaitUnused} waits for that. */
    public final class Use implements AutoCloseable {
        private Use() {
            users.incrementAndGet();
        }

        /** Lent. */
        public RemoteMonitor monitor() {
            return monitor;
        }

        @Override
        public void close() {
            users.decrementAndGet();
        }
    }

    /**
     * Connects.
     *
     * @param events as those of {@link MonitorListener}, on its thread
     */
    public static Connection to(Path socket, Duration patience, Consumer<ObjectNode> events) throws IOException {
        return to(socket, patience, events, why -> {});
    }

    static Connection to(Path socket, Duration patience, Consumer<ObjectNode> events, Consumer<IOException> end)
            throws IOException {
        var hearing = new Hearing(events, end);
        return new Connection(RemoteMonitor.connect(socket, patience, hearing), hearing);
    }

    private Connection(RemoteMonitor monitor, Hearing hearing) {
        this.monitor = monitor;
        this.hearing = hearing;
    }

    /** To be closed when the answer has come. */
    public Use use() {
        return new Use();
    }

    /** Lent. */
    public RemoteMonitor monitor() {
        return monitor;
    }

    /** Whether it was lost, or closed. */
    boolean isGone() {
        return hearing.lost || closed;
    }

    /** From now on. */
    void hear(Consumer<ObjectNode> events, Consumer<IOException> end) {
        hearing.events = events;
        hearing.end = end;
    }

    /** Waits until nobody waits for an answer any more, who began before; false when that takes longer. */
    public boolean awaitUnused(Duration patience) {
        long begun = System.nanoTime();
        while (users.get() > 0) {
            if (System.nanoTime() - begun > patience.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    /** Idempotent. */
    @Override
    public void close() {
        closed = true;
        monitor.close();
    }
}
