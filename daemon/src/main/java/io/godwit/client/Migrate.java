package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Starts a migration and, unless detached, watches it to its end. The migration belongs to the daemon: a client that goes
 * away does not disturb it.
 */
record Migrate(Request request, boolean detach, Path socket, Pause pause) implements Action {

    /** What to ask the monitor for. */
    record Request(String command, ObjectNode arguments) {

        static Request migrate(String uri, Terms terms) {
            var arguments = Monitor.JSON.createObjectNode().put("uri", uri);
            terms.addTo(arguments);
            return new Request("migrate", arguments);
        }

        /** What is not given is the daemon's to choose. */
        static Request localhost(Optional<String> uri, Optional<String> mode, Optional<String> qmp,
                Optional<String> qemu, boolean withoutPreFlight) {
            var arguments = Monitor.JSON.createObjectNode();
            uri.ifPresent(value -> arguments.put("uri", value));
            mode.ifPresent(value -> arguments.put("mode", value));
            qmp.ifPresent(value -> arguments.put("qmp", value));
            qemu.ifPresent(value -> arguments.putArray("qemu").add(value));
            if (withoutPreFlight) {
                arguments.put("pre-flight", false);
            }
            return new Request("localhost-migrate", arguments);
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
