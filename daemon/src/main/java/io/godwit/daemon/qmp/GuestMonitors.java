package io.godwit.daemon.qmp;

import io.godwit.engine.EngineEvents;
import io.godwit.protocol.qapi.JobStatus;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What all monitors of one guest share: the thread that carries out its commands, one after another, the thread for
 * out-of-band commands, and the events that go to every negotiated session. Owns both threads.
 */
public final class GuestMonitors implements EngineEvents, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GuestMonitors.class);
    private static final long LAST_COMMAND_SECONDS = 5;
    /** QEMU's. */
    private static final Duration BALLOON_INTERVAL = Duration.ofSeconds(1);

    private final Clock clock;
    private final CommandObserver observer;
    private final Consumer<String> incomingFailed;
    private final ExecutorService commandThread;
    private final ExecutorService outOfBandThread;
    private final List<QmpSession> sessions = new CopyOnWriteArrayList<>();
    private volatile boolean migrationEvents;
    private final AtomicReference<Consumer<MigrationStatus>> nextWatcher = new AtomicReference<>(
            GuestMonitors::ofNoConcern);
    private volatile Consumer<MigrationStatus> migrationWatcher = GuestMonitors::ofNoConcern;
    private final ThrottledEvent balloonChange;
    private volatile boolean ending;

    /**
     * No thread runs before the first command.
     *
     * @param guest names the threads
     * @param incomingFailed hears why an incoming migration with exit-on-error failed; must return at once
     */
    public GuestMonitors(String guest, Clock clock, CommandObserver observer, Consumer<String> incomingFailed) {
        this.clock = clock;
        this.observer = observer;
        this.incomingFailed = incomingFailed;
        this.commandThread = Executors
                .newSingleThreadExecutor(Thread.ofPlatform().name("qmp-command-" + guest).factory());
        this.outOfBandThread = Executors
                .newSingleThreadExecutor(Thread.ofPlatform().name("qmp-oob-" + guest).factory());
        this.balloonChange = new ThrottledEvent(BALLOON_INTERVAL, commandThread, bytesLeft -> send("BALLOON_CHANGE",
                Optional.of(JsonNodeFactory.instance.objectNode().put("actual", bytesLeft))));
    }

    @Override
    public void balloonChanged(long bytesLeft) {
        balloonChange.happened(bytesLeft);
    }

    /** Whether MIGRATION and MIGRATION_PASS are sent: the capability {@code events}. Off at first. */
    public void sendMigrationEvents(boolean on) {
        migrationEvents = on;
    }

    @Override
    public void stopped() {
        send("STOP", Optional.empty());
    }

    @Override
    public void resumed() {
        send("RESUME", Optional.empty());
    }

    @Override
    public void reset(boolean byGuest) {
        ShutdownCause cause = byGuest ? ShutdownCause.GUEST_RESET : ShutdownCause.HOST_QMP_SYSTEM_RESET;
        send("RESET", Optional.of(
                JsonNodeFactory.instance.objectNode().put("guest", byGuest).put("reason", cause.qapiName())));
    }

    /**
     * {@code watcher} is told of each status of the next migration as well, wherever {@link #migrationStatus} is called. One that
     * is refused never begins: then the one that is under way keeps its watcher.
     */
    public void watchNextMigration(Consumer<MigrationStatus> watcher) {
        nextWatcher.set(watcher);
    }

    /** There will be no next one that {@link #watchNextMigration} was meant for. */
    public void forgetNextMigration() {
        nextWatcher.set(GuestMonitors::ofNoConcern);
    }

    private static void ofNoConcern(MigrationStatus status) {
        // Nobody watches that migration.
    }

    /** A job's status: JOB_STATUS_CHANGE. */
    public void jobStatus(String id, JobStatus status) {
        send("JOB_STATUS_CHANGE", Optional.of(
                JsonNodeFactory.instance.objectNode().put("id", id).put("status", status.qapiName())));
    }

    /** An event of another monitor's, whole, with its own timestamp. */
    public void passOn(ObjectNode event) {
        sendLine(QmpWriter.passedOn(event));
    }

    @Override
    public void migrationStatus(MigrationStatus status) {
        if (status == MigrationStatus.SETUP) {
            migrationWatcher = nextWatcher.getAndSet(GuestMonitors::ofNoConcern);
        }
        migrationWatcher.accept(status);
        if (migrationEvents) {
            send("MIGRATION", Optional.of(JsonNodeFactory.instance.objectNode().put("status", status.qapiName())));
        }
    }

    @Override
    public void migrationPass(long pass) {
        if (migrationEvents) {
            send("MIGRATION_PASS", Optional.of(JsonNodeFactory.instance.objectNode().put("pass", pass)));
        }
    }

    /** There is another guest: for the control monitor. */
    public void guestAdded(String name) {
        send("GUEST_ADDED", Optional.of(JsonNodeFactory.instance.objectNode().put("name", name)));
    }

    /** A guest is no more, and why. */
    public void guestRemoved(String name, String why) {
        send("GUEST_REMOVED",
                Optional.of(JsonNodeFactory.instance.objectNode().put("name", name).put("reason", why)));
    }

    /** The status of a restore has changed: our own X_GODWIT_RESTORE. */
    public void restoreChanged(ObjectNode data) {
        send("X_GODWIT_RESTORE", Optional.of(data));
    }

    @Override
    public void incomingFailed(String errorDesc) {
        incomingFailed.accept(errorDesc);
    }

    /**
     * The guest's end is near: tells the sessions why (only the first cause counts). From now on no further command is
     * begun, and a session ends when it has answered the one it is in.
     */
    public synchronized void shutdown(ShutdownCause cause) {
        if (!ending) {
            send("SHUTDOWN", Optional.of(JsonNodeFactory.instance.objectNode().put("guest", false).put("reason",
                    cause.qapiName())));
            ending = true;
        }
    }

    /** As {@link #shutdown}, but the guest goes on elsewhere: nobody is told. */
    public synchronized void leave() {
        ending = true;
    }

    /** How an upgrade goes: our own X_GODWIT_UPGRADE. */
    public void upgradeChanged(ObjectNode data) {
        send("X_GODWIT_UPGRADE", Optional.of(data));
    }

    boolean isEnding() {
        return ending;
    }

    /** Carries out the guest's commands, one after another; lent. */
    public ExecutorService commandThread() {
        return commandThread;
    }

    ExecutorService outOfBandThread() {
        return outOfBandThread;
    }

    CommandObserver observer() {
        return observer;
    }

    /** From now on the session hears events. */
    void join(QmpSession session) {
        sessions.add(session);
        if (session.isClosed()) {
            sessions.remove(session);
        }
    }

    void leave(QmpSession session) {
        sessions.remove(session);
    }

    private void send(String event, Optional<ObjectNode> data) {
        sendLine(QmpWriter.event(event, data, clock.instant()));
    }

    private void sendLine(byte[] line) {
        for (QmpSession session : sessions) {
            session.send(line);
        }
    }

    /** Lets the commands that run come to their end, for a few seconds. Idempotent; not for the command thread itself. */
    @Override
    public void close() {
        ending = true;
        commandThread.shutdown();
        outOfBandThread.shutdown();
        try {
            if (!commandThread.awaitTermination(LAST_COMMAND_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("A QMP command has not come to its end within {} s", LAST_COMMAND_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
