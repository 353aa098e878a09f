package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Saves the guest's memory into a mapped-ram file and catches its disks at the same instant; the guest runs on. Watches that to its
 * end, and writes a manifest beside the file that says what belongs together.
 */
record LiveSnapshot(Path file, List<Disk> disks, Pause pause) implements Action {

    /** The daemon has another working directory. */
    LiveSnapshot {
        file = file.toAbsolutePath();
        disks = List.copyOf(disks);
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        try (var _ = new Switched(monitor, "mapped-ram")) {
            var nodes = monitor.execute("query-named-block-nodes");
            var events = new ArrayList<JsonNode>();
            monitor.execute("transaction", transaction(), events::add);
            var manifest = new Manifest(file, disks, nodes, events);
            JsonNode job = awaitEnd(monitor, terminal, manifest.job());
            if (job.has("error")) {
                terminal.fail("The memory is not saved: " + job.path("error").asString()
                        + (disks.isEmpty() ? "" : "; the disks have their overlays all the same"));
                return false;
            }
            manifest.write(terminal);
            return true;
        }
    }

    private ObjectNode transaction() {
        var arguments = Monitor.JSON.createObjectNode();
        var actions = arguments.putArray("actions");
        var migrate = actions.addObject().put("type", "migrate").putObject("data");
        migrate.putArray("channels").addObject().put("channel-type", "main").putObject("addr")
                .put("transport", "file").put("filename", file.toString()).put("offset", 0);
        disks.forEach(disk -> actions.add(disk.action()));
        return arguments;
    }

    /** The job as it ended, dismissed. */
    private JsonNode awaitEnd(Monitor monitor, Terminal terminal, String id) throws IOException, CommandFailed {
        try (var bar = FileBar.on(terminal, "saving");
                var _ = new IfInterrupted(terminal,
                        "the snapshot goes on without this client, as job " + id
                                + "; capability mapped-ram stays on")) {
            while (true) {
                JsonNode job = find(monitor.execute("query-jobs"), id);
                if (job.path("status").asString("").equals("concluded")) {
                    monitor.execute("job-dismiss", Monitor.JSON.createObjectNode().put("id", id));
                    return job;
                }
                bar.at(job.path("current-progress").asLong(0), job.path("total-progress").asLong(0));
                pause.await();
            }
        }
    }

    private static JsonNode find(JsonNode jobs, String id) throws IOException {
        for (JsonNode job : jobs) {
            if (job.path("id").asString("").equals(id)) {
                return job;
            }
        }
        throw new IOException("Somebody has dismissed the snapshot's job " + id + ": how it ended is not known");
    }
}
