package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Starts a migration and, unless detached, watches it to its end. The migration belongs to the daemon: a client that goes
 * away does not disturb it.
 */
record Migrate(String uri, boolean detach, Path socket, Pause pause) implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var started = monitor.execute("migrate", Monitor.JSON.createObjectNode().put("uri", uri));
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
