package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One look at a monitor: the guest whose it is, or all guests of a control monitor, each with its jobs. */
final class TopLook {
    /** As control monitors call a guest's migration among the jobs: the guest's own line tells of it. */
    private static final String MIGRATION = "migration";

    private TopLook() {}

    static List<TopGuest> at(Path socket) {
        try (var monitor = new Monitor(socket)) {
            Optional<JsonNode> name = ifThere(monitor, "query-name");
            return name.isPresent() ? List.of(one(socket, name.get(), monitor)) : all(socket, monitor);
        } catch (IOException | CommandFailed e) {
            return List.of(TopGuest.silent(socket, Objects.requireNonNullElse(e.getMessage(), "no answer")));
        }
    }

    private static TopGuest one(Path socket, JsonNode name, Monitor monitor) throws IOException, CommandFailed {
        String state = monitor.execute("query-status").path("status").asString("?");
        Progress migration = Progress.of(monitor.execute("query-migrate"));
        JsonNode jobs = ifThere(monitor, "query-jobs").orElse(Monitor.JSON.createArrayNode());
        return new TopGuest(socket, name.path("name").asString(String.valueOf(socket.getFileName())), state, migration,
                jobs.valueStream().map(TopJob::of).toList(), "");
    }

    private static List<TopGuest> all(Path socket, Monitor monitor) throws IOException, CommandFailed {
        JsonNode guests = monitor.execute("query-guests");
        JsonNode jobs = monitor.execute("query-jobs");
        var all = new ArrayList<TopGuest>();
        for (JsonNode guest : guests) {
            String name = guest.path("name").asString("");
            all.add(new TopGuest(socket, name, guest.path("status").asString(guest.path("kind").asString("?")),
                    Progress.of(guest.path("migration-info")),
                    jobs.valueStream().filter(job -> job.path("guest").asString("").equals(name)).map(TopJob::of)
                            .filter(job -> !job.id().equals(MIGRATION)).toList(),
                    ""));
        }
        return all;
    }

    /** The answer of a command that not every monitor has. */
    private static Optional<JsonNode> ifThere(Monitor monitor, String command) throws IOException, CommandFailed {
        try {
            return Optional.of(monitor.execute(command));
        } catch (CommandFailed e) {
            if (e.error() instanceof ObjectNode error
                    && error.path("class").asString("").equals("CommandNotFound")) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
