package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Starts a migration and, unless detached, watches it to its end. The migration belongs to the daemon: a client that goes
 * away does not disturb it.
 */
record Migrate(Request request, boolean detach, Path socket, Pause pause) implements Action {

    /** What to ask the monitor for. */
    record Request(String command, ObjectNode arguments) {

        static Request migrate(String uri) {
            return new Request("migrate", Monitor.JSON.createObjectNode().put("uri", uri));
        }

        static Request localhost(String uri, String mode) {
            return new Request("localhost-migrate",
                    Monitor.JSON.createObjectNode().put("uri", uri).put("mode", mode));
        }
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var started = monitor.execute(request.command(), request.arguments());
        if (detach) {
            if (terminal.json()) {
                terminal.print(started);
            } else {
                terminal.print("The migration has started");
            }
            return true;
        }
        try (var _ = new IfInterrupted(terminal,
                "the migration goes on without this client; see 'godwit --socket " + socket + " status'")) {
            return Watch.toTheEnd(monitor, terminal, pause).completed();
        }
    }
}
