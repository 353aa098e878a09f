package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Saves the guest into a mapped-ram file and watches that to its end. A guest that ran stands still then, as after any
 * migration.
 */
record Snapshot(Path file, Path socket, Pause pause) implements Action {

    /** The daemon has another working directory. */
    Snapshot {
        file = file.toAbsolutePath();
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        boolean completed = save(monitor, terminal);
        if (completed && !terminal.json()) {
            terminal.print("Saved in " + file + "; " + whatIsLeft(monitor));
        }
        return completed;
    }

    private boolean save(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        try (var _ = new IfInterrupted(terminal, "the snapshot goes on without this client, and capability mapped-ram "
                + "stays on; see 'godwit --socket " + socket + " status'");
                var _ = new Switched(monitor, "mapped-ram")) {
            monitor.execute("migrate", arguments());
            return Watch.toTheEnd(monitor, terminal, pause).completed();
        }
    }

    /** Not as a uri: what looks like an option of one is part of the name here. */
    private ObjectNode arguments() {
        var arguments = Monitor.JSON.createObjectNode();
        arguments.putArray("channels").addObject().put("channel-type", "main").putObject("addr")
                .put("transport", "file").put("filename", file.toString()).put("offset", 0);
        return arguments;
    }

    private String whatIsLeft(Monitor monitor) throws IOException, CommandFailed {
        var state = monitor.execute("query-status").path("status").asString();
        return isHeld(monitor)
                ? "what it was made of is still held here (" + state + ")"
                : "the guest is stopped (" + state + "), cont lets it run on here";
    }

    private static boolean isHeld(Monitor monitor) throws IOException {
        try {
            monitor.execute("x-godwit-query-held");
            return true;
        } catch (CommandFailed e) {
            // A guest that runs, or a QEMU, which does not know the question.
            return false;
        }
    }
}
