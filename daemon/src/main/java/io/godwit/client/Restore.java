package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Restores a saved guest into a QEMU, which runs it before its RAM has come, and watches until it is whole. The restore belongs
 * to the daemon: a client that goes away does not disturb it.
 */
record Restore(Path file, String uri, Optional<String> qmp, Optional<String> order, boolean mapped,
        boolean trust, boolean detach, Path socket, Pause pause) implements Action {

    /** The daemon has another working directory. */
    Restore {
        file = file.toAbsolutePath();
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        String id = monitor.execute("x-godwit-restore", arguments()).path("id").asString();
        if (detach) {
            terminal.print(terminal.json() ? "{\"id\":\"" + id + "\"}" : "Started as " + id);
            return true;
        }
        try (var _ = new IfInterrupted(terminal, "the restore goes on without this client as " + id + "; see 'godwit "
                + "--socket " + socket + " restores'")) {
            var progress = Watch.toTheEnd(() -> find(monitor, id), terminal, pause);
            if (progress.completed() && !terminal.json()) {
                terminal.print(whenItRan(find(monitor, id)));
            }
            return progress.completed();
        }
    }

    private ObjectNode arguments() {
        var arguments = Monitor.JSON.createObjectNode().put("file", file.toString()).put("uri", uri);
        qmp.ifPresent(address -> arguments.put("qmp", address));
        order.ifPresent(word -> arguments.put("order", word));
        if (mapped) {
            arguments.put("mapped", true).put("trust", trust);
        }
        return arguments;
    }

    /** How a restore stands. */
    static JsonNode find(Monitor monitor, String id) throws IOException, CommandFailed {
        for (JsonNode restore : monitor.execute("x-godwit-query-restores")) {
            if (restore.path("id").asString("").equals(id)) {
                return restore;
            }
        }
        throw new IOException("The daemon does not know " + id + " any more");
    }

    private static String whenItRan(JsonNode restore) {
        var ran = restore.has("running-after")
                ? "The guest ran after " + restore.path("running-after").asLong() + " ms; "
                : "";
        return ran + restore.at("/ram/postcopy-requests").asLong(0) + " pages were asked for";
    }
}
