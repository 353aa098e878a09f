package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.daemon.remote.Connection;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.engine.linux.NativeThread;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QemuLocalhostMigrateArguments.Waiting;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One move of a QEMU's guest to another QEMU of the host, from the pre-flight until the one before has ended.
 *
 * <pre>
 * setup     pre-flight, the other QEMU is started      its failure: the other one goes, nothing else has happened
 * active    the one QEMU migrates to the other         its failure: the same; the guest runs on where it was
 *           RESUME over there: the guest's monitor is the other one's from here on
 * completed the one before has ended, its names are the other's
 * </pre>
 *
 * A postcopy whose connection is lost is not recovered: QEMU cannot, with {@code release-ram}. Between two processes of one host it is
 * lost with one of them.
 */
final class LocalhostMove implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalhostMove.class);
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(10);
    private static final Duration LAST_BREATH = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 3_000_000;
    /**
     * What is to be done.
     *
     * @param waiting the other QEMU, if it is there already
     * @param before the QEMU that has the guest
     */
    record Request(Way way, boolean preFlight, Optional<Waiting> waiting, Plan plan, QemuProcess before) {}

    private final MonitorLink link;
    private final Connection connection;
    private final Qemu before;
    private final Request request;
    private final Settings settings;
    private final boolean ran;
    private final MoveView view;
    private final Thread thread;
    /** Whether it has begun; locked while it begins, or while that is prevented. */
    private final AtomicBoolean postcopy = new AtomicBoolean();
    private volatile boolean cancelled;

    /** Begins it. */
    LocalhostMove(MonitorLink link, Request request, Consumer<MigrationStatus> statuses) throws QmpException {
        this.link = link;
        this.request = request;
        try {
            connection = link.connection();
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        before = new Qemu(connection::use);
        settings = Settings.of(before);
        view = new MoveView(link, request.way(), before,
                settings.capabilities().has(MigrationCapability.EVENTS) ? statuses : status -> {});
        ran = before.isRunning();
        thread = Thread.ofPlatform().name("qemu-localhost").unstarted(this::run);
    }

    void begin() {
        view.setUp();
        thread.start();
    }

    boolean isOver() {
        return view.isOver();
    }

    /** As {@link MoveView#query}. */
    JsonNode query() throws QmpException {
        return view.query();
    }

    /** As {@link MoveView#queryStatus}. */
    JsonNode queryStatus(JsonNode status) {
        return view.queryStatus(status);
    }

    void cancel() throws QmpException {
        synchronized (postcopy) {
            if (view.hasBegun() && !view.isGiven()) {
                checkThatItIsHere();
                before.execute("migrate_cancel");
            }
            cancelled = true;
        }
    }

    private void checkThatItIsHere() throws QmpException {
        String status = before.execute("query-migrate").path("status").asString("");
        if (postcopy.get() && !status.equals("pre-switchover")) {
            throw new QmpException("Postcopy has begun: the guest cannot be had back from the other QEMU");
        }
    }

    /** What is asked of the migration itself, wherever the guest is. */
    JsonNode execute(String command, ObjectNode arguments) throws QmpException {
        if (view.isGiven()) {
            throw new QmpException("The migration has come to its end");
        }
        return before.execute(command, arguments);
    }

    private void run() {
        try {
            preFlight();
            checkCancelled();
            JsonNode last = move();
            view.end(last instanceof ObjectNode info ? info : JsonNodeFactory.instance.objectNode(),
                    MigrationStatus.COMPLETED);
        } catch (QmpException | RuntimeException e) {
            failed(String.valueOf(e.getMessage()));
        }
    }

    private void failed(String why) {
        LOG.warn("The guest's move has failed: {}", why);
        var info = JsonNodeFactory.instance.objectNode();
        if (cancelled && !view.isHandedOver()) {
            view.end(info, MigrationStatus.CANCELLED);
        } else {
            view.end(info.put("error-desc", why), MigrationStatus.FAILED);
        }
    }

    private void checkCancelled() throws QmpException {
        if (cancelled) {
            throw new QmpException("Operation canceled");
        }
    }

    private void preFlight() throws QmpException {
        var flight = new PreFlight(before, request.before(), request.plan());
        view.quietStops(true);
        try {
            if (request.preFlight()) {
                flight.run();
            } else if (request.way() == Way.CPR) {
                flight.compareDisks(); // the successor itself has no monitor before it has the guest
            }
        } finally {
            view.quietStops(false);
        }
    }

    private JsonNode move() throws QmpException {
        try (var next = view.open(this::open)) {
            JsonNode last;
            try {
                prepare(next);
                settings.changeForGiving(before, request.way());
                last = migrate(next);
            } catch (QmpException | RuntimeException e) {
                String why = String.valueOf(e.getMessage());
                throw mayHaveLeft() ? afterHandOver(next, why) : undo(next, why);
            }
            next.arrived();
            finish(next);
            return last;
        }
    }

    private String wire() {
        return request.waiting().map(Waiting::uri).orElse("unix:" + request.plan().beside(".wire"));
    }

    private Path cprSocket() {
        return request.plan().beside(".cpr");
    }

    private Successor open() throws QmpException {
        Plan plan = request.plan();
        return request.waiting().isPresent()
                ? Successor.waiting(request.waiting().get(), view::heardSuccessor)
                : request.way() == Way.CPR
                        ? Successor.start(plan, view::heardSuccessor, "-incoming", wire(), "-incoming",
                                channel("cpr", cprSocket()).toString())
                        : Successor.start(plan, view::heardSuccessor, "-incoming", "defer");
    }

    private static ObjectNode channel(String type, Path socket) {
        var channel = JsonNodeFactory.instance.objectNode().put("channel-type", type);
        channel.putObject("addr").put("transport", "socket").put("type", "unix").put("path", socket.toString());
        return channel;
    }

    private void prepare(Successor next) throws QmpException {
        if (request.way() == Way.CPR) {
            next.awaitListening(cprSocket());
            return;
        }
        if (request.waiting().isEmpty()) {
            next.connect();
        }
        var other = next.qemu();
        Disks.of(before).checkSame(Disks.of(other));
        if (!ran && request.way() == Way.POSTCOPY) {
            other.execute("stop"); // postcopy lets the guest run, whatever it did before
        }
        Capabilities.of(other).setOnly(request.way().capabilities(), other);
        other.execute("migrate-incoming",
                JsonNodeFactory.instance.objectNode().put("uri", wire()).put("exit-on-error", false));
    }

    private JsonNode migrate(Successor next) throws QmpException {
        var arguments = JsonNodeFactory.instance.objectNode();
        if (request.way() == Way.CPR) {
            arguments.putArray("channels").add(channel("main", request.plan().beside(".wire")))
                    .add(channel("cpr", cprSocket()));
        } else {
            arguments.put("uri", wire());
        }
        synchronized (postcopy) {
            checkCancelled();
            view.migrationBegins(); // whatever comes of it
            before.execute("migrate", arguments);
            if (request.way() == Way.POSTCOPY) {
                before.execute("migrate-start-postcopy");
                postcopy.set(true);
            }
        }
        if (request.way() == Way.CPR) {
            next.connect();
            if (next.qemu().isRunning()) {
                view.follow();
            }
        }
        JsonNode last = awaitGiven(next);
        awaitTaken(next);
        return last;
    }

    private JsonNode awaitGiven(Successor next) throws QmpException {
        while (true) {
            var migration = before.execute("query-migrate");
            switch (migration.path("status").asString("none")) {
                case "completed" -> {
                    view.given(migration);
                    return migration;
                }
                case "failed", "cancelled", "none" -> throw new QmpException(migration.path("error-desc")
                        .asString("the migration was cancelled"));
                case "postcopy-paused" -> {
                    view.handedOver();
                    throw new QmpException("the connection to the other QEMU was lost"
                            + next.lastWords().map(words -> ": " + words).orElse(""));
                }
                case "postcopy-active" -> {
                    view.handedOver();
                    LockSupport.parkNanos(LOOK_NANOS);
                }
                default -> LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }

    private void awaitTaken(Successor next) throws QmpException {
        var migration = next.qemu().awaitMigrationsEnd();
        String status = migration.path("status").asString("none");
        if (!status.equals("completed")) {
            throw new QmpException("the other QEMU's migration is " + status + ": "
                    + migration.path("error-desc").asString(""));
        }
        view.follow();
    }

    /** Unless the QEMU before says that the guest is its own, it is not known to be. */
    private boolean mayHaveLeft() {
        if (view.isHandedOver() || !view.hasBegun()) {
            return view.isHandedOver();
        }
        try {
            String status = before.execute("query-migrate").path("status").asString("none");
            return status.startsWith("postcopy") || status.equals("completed");
        } catch (QmpException e) {
            return true;
        }
    }

    /** The guest runs on where it was. */
    private QmpException undo(Successor next, String why) {
        next.end();
        String said = next.lastWords().filter(words -> !words.startsWith("it said nothing"))
                .map(words -> " (the other QEMU: " + words + ")")
                .orElse("");
        try {
            if (view.hasBegun()) {
                before.cancelMigration();
            }
            settings.giveBack(before);
            if (ran && !before.isRunning()) {
                before.execute("cont");
            }
        } catch (QmpException e) {
            LOG.warn("The QEMU is not as it was: {}", e.getMessage());
        }
        return new QmpException(why + said);
    }

    /** It may run there, or have run: it does not run here any more. */
    private QmpException afterHandOver(Successor next, String why) {
        next.arrived();
        if (!view.isFollowed()) {
            next.leave();
        }
        return new QmpException("The guest has been handed over, and is not run here again: " + why);
    }

    private void finish(Successor next) {
        settings.giveOn(next.qemu());
        if (!connection.awaitUnused(LAST_ANSWERS)) {
            LOG.warn("A command is still not answered by the QEMU before");
        }
        try {
            before.execute("quit");
        } catch (QmpException e) {
            LOG.debug("it has ended without an answer: {}", e.getMessage());
        }
        connection.close();
        if (!request.before().awaitEnd(LAST_BREATH)) {
            LOG.warn("The QEMU before, process {}, has not ended within {} s", request.before().pid(),
                    LAST_BREATH.toSeconds());
        }
        link.renamed(next.takeNames());
    }

    /** Gives up what can be given up, and waits for the rest. */
    @Override
    public void close() {
        if (!isOver()) {
            try {
                cancel();
            } catch (QmpException e) {
                LOG.info("The guest's move goes on: {}", e.getMessage());
            }
        }
        if (thread.isAlive()) {
            NativeThread.join(thread);
        }
    }
}
