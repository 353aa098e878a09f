package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.HostMemory;
import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QemuLocalhostMigrateArguments;
import io.godwit.protocol.qapi.QemuLocalhostMigrateArguments.Waiting;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code localhost-migrate} for a guest in a QEMU, and what other commands have to do with one that goes on or was the last migration. */
final class LocalhostCommands implements AutoCloseable {
    static final String NAME = "localhost-migrate";
    private static final String HUMAN = "localhost_migrate";

    private final MonitorLink link;
    private final Qemu qemu;
    private final Consumer<MigrationStatus> statuses;
    private final HostMemory memory = new HostMemory();
    private @Nullable LocalhostMove move;

    /** @param statuses hears how moves go, where their clients want to be told */
    LocalhostCommands(MonitorLink link, Consumer<MigrationStatus> statuses) {
        this.link = link;
        this.statuses = statuses;
        qemu = new Qemu(link::use);
    }

    /** The QEMU's own way of carrying out a command. */
    @FunctionalInterface
    interface Otherwise {
        JsonNode execute() throws QmpException;
    }

    /** Carries out a command that is ours, or is answered otherwise because of a move; else as ever. */
    JsonNode execute(String name, ObjectNode arguments, Otherwise otherwise) throws QmpException {
        return switch (name) {
            case NAME -> begin(QemuLocalhostMigrateArguments.TYPE.parse(arguments));
            case "human-monitor-command" -> human(arguments, otherwise);
            case "query-commands" -> named(otherwise.execute());
            default -> execute(name, arguments, last(), otherwise);
        };
    }

    private static JsonNode execute(String name, ObjectNode arguments, Optional<LocalhostMove> last,
            Otherwise otherwise) throws QmpException {
        if (last.isEmpty()) {
            return otherwise.execute();
        }
        LocalhostMove move = last.get();
        if (name.equals("query-migrate")) {
            return move.query();
        }
        if (move.isOver()) {
            return otherwise.execute();
        }
        return switch (name) {
            case "query-status" -> move.queryStatus(otherwise.execute());
            case "migrate_cancel" -> {
                move.cancel();
                yield JsonNodeFactory.instance.objectNode();
            }
            case "migrate-continue", "migrate-set-parameters" -> move.execute(name, arguments);
            case "migrate-pause" -> throw new QmpException("The move is not paused: it could not go on (release-ram)");
            case "migrate", "migrate-incoming", "migrate-set-capabilities", "transaction" -> throw inProgress();
            default -> otherwise.execute();
        };
    }

    private static QmpException inProgress() {
        return new QmpException("There's a migration process in progress");
    }

    /** The guest's next migration is no longer one of ours. */
    synchronized void forget() {
        if (move != null && move.isOver()) {
            move = null;
        }
    }

    boolean isGuestMoving() {
        return last().filter(each -> !each.isOver()).isPresent();
    }

    private synchronized Optional<LocalhostMove> last() {
        return Optional.ofNullable(move);
    }

    private static JsonNode named(JsonNode commands) {
        if (commands instanceof ArrayNode list) {
            list.addObject().put("name", NAME);
        }
        return commands;
    }

    /** {@code localhost_migrate [unix:PATH unix:QMP] [MODE]} */
    private JsonNode human(ObjectNode arguments, Otherwise otherwise) throws QmpException {
        String line = arguments.path("command-line").asString("").strip();
        var words = new ArrayList<>(List.of(line.split("\\s+", -1)));
        if (!words.removeFirst().equals(HUMAN)) {
            return otherwise.execute();
        }
        var request = JsonNodeFactory.instance.objectNode();
        if (!words.isEmpty() && !words.getLast().startsWith("unix:")) {
            request.put("mode", words.removeLast());
        }
        if (!words.isEmpty()) {
            request.put("uri", words.removeFirst());
        }
        if (!words.isEmpty()) {
            request.put("qmp", words.removeFirst());
        }
        try {
            if (!words.isEmpty()) {
                throw new QmpException("Usage: " + HUMAN + " [unix:PATH unix:QMP] [auto|cpr|postcopy|precopy]");
            }
            begin(QemuLocalhostMigrateArguments.TYPE.parse(request));
            return JsonNodeFactory.instance.stringNode("");
        } catch (QmpException e) {
            return JsonNodeFactory.instance.stringNode("Error: " + e.error().desc() + "\r\n");
        }
    }

    private synchronized ObjectNode begin(QemuLocalhostMigrateArguments arguments) throws QmpException {
        if (move != null && !move.isOver()) {
            throw inProgress();
        }
        checkGuest();
        try {
            move = new LocalhostMove(link, request(arguments), statuses);
        } catch (IOException e) {
            throw new QmpException("The guest cannot be moved: " + e.getMessage());
        }
        move.begin();
        return JsonNodeFactory.instance.objectNode();
    }

    private void checkGuest() throws QmpException {
        var migration = qemu.execute("query-migrate");
        for (JsonNode blocker : migration.path("blocked-reasons")) {
            throw new QmpException(blocker.asString(""));
        }
        switch (migration.path("status").asString("none")) {
            case "none", "completed", "failed", "cancelled" -> {
            }
            default -> throw inProgress();
        }
        String state = qemu.execute("query-status").path("status").asString("");
        if (state.equals("postmigrate") || state.equals("inmigrate")) {
            throw new QmpException("The guest is " + state + ": there is none here to be moved");
        }
        for (JsonNode job : qemu.execute("query-block-jobs")) {
            throw new QmpException("Block job '" + job.path("device").asString("") + "' goes on, and cannot be moved");
        }
    }

    private LocalhostMove.Request request(QemuLocalhostMigrateArguments arguments) throws IOException, QmpException {
        Way way = Way.choose(arguments, qemu);
        var before = QemuProcess.of(link.monitor().peer());
        Optional<Waiting> waiting = arguments.waiting();
        QemuProcess into = new QemuProcess(ProcessHandle.current().pid());
        Plan plan;
        if (waiting.isPresent()) {
            try (var next = Successor.waiting(waiting.get(), event -> {})) {
                into = next.process();
                plan = Plan.like(into, Path.of(waiting.get().monitor()).toAbsolutePath());
                next.leave();
            }
        } else {
            plan = Plan.toStart(arguments.qemu(), before, link.socket().toAbsolutePath());
            plan.successor();
        }
        way.checkRoom(memory, before, into, plan.takesMemoryAtOnce());
        return new LocalhostMove.Request(way, arguments.preFlight(), waiting, plan, before);
    }

    @Override
    public void close() {
        var last = last();
        if (last.isPresent()) {
            last.get().close();
        }
    }
}
