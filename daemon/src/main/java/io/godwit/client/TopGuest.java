package io.godwit.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a monitor said of a guest, or why it said nothing.
 *
 * @param trouble empty if there is none
 */
record TopGuest(Path socket, String name, String state, Progress migration, List<TopJob> jobs, String trouble) {
    static final String HEADER = String.format(Locale.ROOT, "%-20s %-12s %-16s %8s %10s %10s %9s %9s  %s", "GUEST",
            "STATE", "MIGRATION", "DONE", "SENT MiB", "LEFT MiB", "MiB/s", "DIRTY/s", "FORECAST");
    private static final double MIB = 1 << 20;

    static TopGuest silent(Path socket, String why) {
        return new TopGuest(socket, String.valueOf(socket.getFileName()), "?",
                Progress.of(Monitor.JSON.createObjectNode()), List.of(), why);
    }

    /** A monitor may have many guests, and a guest has its name from whoever started it. */
    String key() {
        return socket + " " + name;
    }

    /** A line for it, and one for each of its jobs. */
    Stream<String> lines(Forecast forecast) {
        return Stream.concat(Stream.of(line(forecast)), jobs.stream().map(TopJob::line));
    }

    private String line(Forecast forecast) {
        if (!trouble.isEmpty()) {
            return String.format(Locale.ROOT, "%-20s %s", name, trouble);
        }
        return String.format(Locale.ROOT, "%-20s %-12s %-16s %7.1f%% %10.0f %10.0f %9.0f %9.0f  %s", name, state,
                migration.status(), migration.percent(), migration.transferredBytes() / MIB,
                migration.remainingBytes() / MIB, migration.mibPerSecond(), migration.dirtyMibPerSecond(),
                migration.error().orElse(forecast.words())).stripTrailing();
    }

    ObjectNode json() {
        ObjectNode node = Monitor.JSON.createObjectNode().put("monitor", socket.toString()).put("name", name);
        if (!trouble.isEmpty()) {
            return node.put("error", trouble);
        }
        node.put("status", state).put("migration", migration.status()).put("transferred", migration.transferredBytes())
                .put("remaining", migration.remainingBytes());
        jobs.stream().map(TopJob::json).forEach(node.putArray("jobs")::add);
        return node;
    }
}
