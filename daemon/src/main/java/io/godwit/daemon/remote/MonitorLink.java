package io.godwit.daemon.remote;

import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns a connection to a remote monitor for as long as the guest lives: one that was lost is made anew when it is needed next.
 * Events go to one listener, except while they are muted. Any thread.
 */
public final class MonitorLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorLink.class);

    private final Path socket;
    private final Duration patience;
    private final MonitorListener listener;
    private volatile boolean muted;
    private volatile boolean lost;
    private RemoteMonitor monitor;
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
        listener = new MonitorListener() {
            @Override
            public void event(String name, ObjectNode message) {
                if (!muted) {
                    events.accept(message);
                }
            }

            @Override
            public void lost(IOException why) {
                lost = true;
                LOG.warn("Connection lost: {}", why.getMessage());
                end.accept(why);
            }
        };
        monitor = RemoteMonitor.connect(socket, patience, listener);
    }

    /** The connection as it is, or a new one. Lent. */
    public synchronized RemoteMonitor monitor() throws IOException {
        if (closed) {
            throw new IOException("QMP '" + socket + "': the connection was closed here");
        }
        if (lost) {
            monitor.close();
            lost = false;
            try {
                monitor = RemoteMonitor.connect(socket, patience, listener);
            } catch (IOException e) {
                lost = true;
                throw e;
            }
        }
        return monitor;
    }

    /** Makes place for another process at the monitor. It is connected anew when it is needed again. */
    public synchronized void makeWay() {
        monitor.close();
        lost = true;
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
        monitor.close();
    }
}
