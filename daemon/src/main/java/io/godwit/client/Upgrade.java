package io.godwit.client;

import io.godwit.client.shell.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Has a new process take the daemon's place, and speaks to that one when it has. */
final class Upgrade implements Action {
    private final Optional<Path> program;
    private final Path socket;

    /** @param program to start instead of what the daemon was started as */
    Upgrade(Optional<Path> program, Path socket) {
        this.program = program.map(Path::toAbsolutePath);
        this.socket = socket;
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var arguments = Monitor.JSON.createObjectNode();
        program.ifPresent(path -> arguments.put("program", path.toString()));
        monitor.execute("x-godwit-upgrade", arguments);
        JsonNode end = watch(monitor, terminal);
        if (end.path("status").asString("").equals("failed")) {
            terminal.print(end, "Not upgraded, everything is as it was: " + end.path("error-desc").asString(""));
            return false;
        }
        monitor.close();
        try (var next = new Monitor(socket)) {
            var version = next.execute("query-version").path("package").asString("");
            var done = Monitor.JSON.createObjectNode().put("status", "completed").put("package", version);
            if (isControl(next)) {
                int guests = next.execute("query-guests").size();
                terminal.print(done.put("guests", guests), "Upgraded to " + version + "; guests: " + guests);
            } else {
                var status = next.execute("query-status").path("status").asString("");
                terminal.print(done.put("run-state", status), "Upgraded to " + version + "; the guest is " + status);
            }
        }
        return true;
    }

    private static boolean isControl(Monitor monitor) throws IOException, CommandFailed {
        for (JsonNode command : monitor.execute("query-commands")) {
            if (command.path("name").asString("").equals("query-guests")) {
                return true;
            }
        }
        return false;
    }

    /** The last event. That a daemon hangs up tells as well that it has been replaced, or has ended: whoever answers next knows. */
    private static JsonNode watch(Monitor monitor, Terminal terminal) throws IOException {
        try {
            while (true) {
                var event = Wire.parse(monitor.receive());
                if (!event.path("event").asString("").equals("X_GODWIT_UPGRADE")) {
                    continue;
                }
                var data = event.path("data");
                switch (data.path("status").asString("")) {
                    case "completed", "failed" -> {
                        return data;
                    }
                    case "moving" -> {
                        if (!terminal.json()) {
                            terminal.print("The new process is up; the guest moves");
                        }
                    }
                    default -> {
                        // It starts.
                    }
                }
            }
        } catch (EOFException e) {
            return Monitor.JSON.createObjectNode();
        }
    }
}
