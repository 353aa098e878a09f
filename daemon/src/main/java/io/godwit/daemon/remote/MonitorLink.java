package io.godwit.daemon.remote;

import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns a connection to a remote monitor for as long as the guest lives: one that was lost is made anew when it is needed next,
 * and another process's may take its place when the guest has moved there. Events go to one listener, except while they are muted. Any thread.
 */
public final class MonitorLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorLink.class);

    private final Duration patience;
    private final Consumer<ObjectNode> events;
    private final Consumer<IOException> end;
    private volatile boolean muted;
    private volatile Predicate<ObjectNode> wanted = MonitorLink::any;
    private Path socket;
    private Connection connection;
    private boolean closed;

    /**
     * Connects.
     *
     * @param patience how long to wait for the connection, and for each answer
     * @param events hears the monitor's events, whole, on a thread that must not wait
     * @param end hears why the connection was lost, each time, on the same thread
     */
    public MonitorLink(Path socket, Duration patience, Consumer<ObjectNode> events, Consumer<IOException> end)
            throws IOException {
        this.socket = socket;
        this.patience = patience;
        this.events = events;
        this.end = end;
        connection = connect();
    }

    private Connection connect() throws IOException {
        return Connection.to(socket, patience, this::hear, this::lost);
    }

    private void hear(ObjectNode message) {
        if (!muted && wanted.test(message)) {
            events.accept(message);
        }
    }

    private void lost(IOException why) {
        LOG.warn("Connection lost: {}", why.getMessage());
        end.accept(why);
    }

    /** The connection as it is, or a new one. Lent. */
    public RemoteMonitor monitor() throws IOException {
        return connection().monitor();
    }

    /** As {@link #monitor}, for a command whose answer is waited for whatever takes the connection's place meanwhile. */
    public synchronized Connection.Use use() throws IOException {
        return connection().use();
    }

    /** The connection as it is, or a new one. Lent. */
    public synchronized Connection connection() throws IOException {
        if (closed) {
            throw new IOException("QMP '" + socket + "': the connection was closed here");
        }
        if (connection.isGone()) {
            connection.close();
            connection = connect();
        }
        return connection;
    }

    /** Where the monitor is. */
    public synchronized Path socket() {
        return socket;
    }

    /**
     * From now on {@code next} is the connection, and owned here, and the one before is the caller's, who is told its events
     * alone. What is being executed there is answered from there.
     *
     * @param socket where {@code next} can be made anew
     */
    public synchronized Connection replace(Connection next, Path socket, Consumer<ObjectNode> eventsOfTheOneBefore)
            throws IOException {
        if (closed) {
            throw new IOException("QMP '" + this.socket + "': the connection was closed here");
        }
        Connection before = connection;
        before.hear(eventsOfTheOneBefore, why -> {});
        next.hear(this::hear, this::lost);
        connection = next;
        this.socket = socket;
        return before;
    }

    /** The monitor's socket has another name now. */
    public synchronized void renamed(Path socket) {
        this.socket = socket;
    }

    /** Until {@link #passAll}: events that {@code wanted} does not want are kept back; it is asked on the thread that must not wait. */
    public void passOnly(Predicate<ObjectNode> wanted) {
        this.wanted = wanted;
    }

    /** Tells the listener what no connection has said, or what one before the present one has. */
    public void tell(ObjectNode message) {
        events.accept(message);
    }

    public void passAll() {
        wanted = MonitorLink::any;
    }

    private static boolean any(ObjectNode message) {
        return true;
    }

    /** Makes place for another process at the monitor. It is connected anew when it is needed again. */
    public synchronized void makeWay() {
        connection.close();
    }

    /** Something done with the monitor. */
    @FunctionalInterface
    public interface Work {
        void run() throws IOException, QmpException;
    }

    /** Does {@code work} and keeps to itself what the monitor says meanwhile. */
    public void quietly(Work work) throws IOException, QmpException {
        muted = true;
        try {
            work.run();
        } finally {
            muted = false;
        }
    }

    /** Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        connection.close();
    }
}
