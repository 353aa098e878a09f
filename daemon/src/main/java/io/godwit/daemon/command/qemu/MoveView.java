package io.godwit.daemon.command.qemu;

import io.godwit.daemon.remote.MonitorLink;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A move as the guest's clients see it: which events of the two QEMUs they are told, what the status of the migration and of the
 * guest is meanwhile, and whose monitor is the guest's. Knows how far the move has come. Any thread.
 */
final class MoveView {
    private static final Logger LOG = LoggerFactory.getLogger(MoveView.class);
    /** What a migration says of itself that is not the end of it, nor its beginning: those are ours to say. */
    private static final Set<String> UNDER_WAY = Set.of("active", "cancelling", "pre-switchover", "device",
            "postcopy-active", "postcopy-paused");

    private final MonitorLink link;
    private final Way way;
    private final Qemu before;
    private final Consumer<MigrationStatus> statuses;
    private final Object ending = new Object();
    private volatile boolean quietStops;
    private volatile boolean begun;
    private volatile boolean handedOver;
    private volatile boolean followed;
    /** What the QEMU before said of its migration when it had given the guest away. */
    private volatile @Nullable JsonNode given;
    private @Nullable ObjectNode outcome;
    private @Nullable Successor successor;

    /** @param statuses told each status that is a move's own, in order */
    MoveView(MonitorLink link, Way way, Qemu before, Consumer<MigrationStatus> statuses) {
        this.link = link;
        this.way = way;
        this.before = before;
        this.statuses = statuses;
    }

    /** The move is set up; nobody sees a QEMU's own word on it from here to the {@link #end}. */
    void setUp() {
        link.passOnly(this::isPassedOn);
        statuses.accept(MigrationStatus.SETUP);
    }

    /** While it lasts nobody is told that the guest stands still, or goes on. */
    void quietStops(boolean quiet) {
        quietStops = quiet;
    }

    /** The QEMU before is told to migrate. */
    void migrationBegins() {
        begun = true;
    }

    boolean hasBegun() {
        return begun;
    }

    /** The guest may run at the other QEMU. */
    void handedOver() {
        handedOver = true;
    }

    boolean isHandedOver() {
        return handedOver;
    }

    /** The QEMU before has given all of the guest away, as its migration says. */
    void given(JsonNode migration) {
        handedOver = true;
        given = migration;
    }

    boolean isGiven() {
        return given != null;
    }

    /** How the other QEMU comes to be known. */
    @FunctionalInterface
    interface Opening {
        Successor open() throws QmpException;
    }

    /** Opens the other QEMU, whose monitor may not answer yet; what it tells is heard after that. */
    synchronized Successor open(Opening opening) throws QmpException {
        Successor opened = opening.open();
        successor = opened;
        return opened;
    }

    /** The guest's monitor is the other QEMU's from here on. */
    synchronized void follow() {
        handedOver = true;
        if (followed || successor == null) {
            return;
        }
        try {
            link.replace(successor.connection(), successor.monitor(), this::heardBefore);
            followed = true;
        } catch (IOException e) {
            LOG.warn("The guest's monitor is not followed: {}", e.getMessage());
        }
    }

    boolean isFollowed() {
        return followed;
    }

    /** Whoever is told of the end has heard the event before. */
    void end(ObjectNode info, MigrationStatus status) {
        link.passAll();
        synchronized (ending) {
            outcome = info.put("status", status.qapiName());
            statuses.accept(status);
        }
        LOG.info("The guest's move by {} is {}", way, info);
    }

    boolean isOver() {
        return outcome() != null;
    }

    private @Nullable ObjectNode outcome() {
        synchronized (ending) {
            return outcome;
        }
    }

    /** As {@code query-migrate} has it: of the QEMU's own migration, neither whose beginning nor whose end are those of the move. */
    JsonNode query() throws QmpException {
        ObjectNode end = outcome();
        if (end != null) {
            return end;
        }
        if (!begun || !(lastSeen() instanceof ObjectNode info)) {
            return JsonNodeFactory.instance.objectNode().put("status", "setup");
        }
        if (!UNDER_WAY.contains(info.path("status").asString(""))) {
            info.put("status", given == null ? "setup" : way == Way.POSTCOPY ? "postcopy-active" : "device");
        }
        return info;
    }

    private JsonNode lastSeen() throws QmpException {
        JsonNode end = given;
        return end == null ? before.execute("query-migrate") : end.deepCopy();
    }

    /** The guest's run state: that it stands still in between is not that it has left. */
    JsonNode queryStatus(JsonNode status) {
        if (!isOver() && status.path("status").asString("").equals("postmigrate")
                && status instanceof ObjectNode changed) {
            changed.put("status", "finish-migrate");
        }
        return status;
    }

    private boolean isPassedOn(ObjectNode event) {
        return switch (event.path("event").asString("")) {
            case "MIGRATION", "MIGRATION_PASS" -> !followed && isUnderWay(event);
            case "STOP", "RESUME" -> !quietStops;
            case "SHUTDOWN" -> followed;
            default -> true;
        };
    }

    private static boolean isUnderWay(ObjectNode event) {
        return event.path("event").asString("").equals("MIGRATION_PASS")
                || UNDER_WAY.contains(event.path("data").path("status").asString(""));
    }

    /** The QEMU that the guest has left says how its migration goes on. */
    private void heardBefore(ObjectNode event) {
        if (event.path("event").asString("").startsWith("MIGRATION") && isUnderWay(event)) {
            link.tell(event);
        }
    }

    /** On the thread that reads the other QEMU's monitor. */
    void heardSuccessor(ObjectNode event) {
        if (event.path("event").asString("").equals("RESUME")) {
            follow();
            link.tell(event);
        }
    }
}
