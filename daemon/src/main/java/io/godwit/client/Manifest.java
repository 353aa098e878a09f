package io.godwit.client;

import io.godwit.inspect.SealReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What belongs to a snapshot, written as {@code FILE.json} when all of it is there: the memory's file with the root of its seal,
 * which has been held against every byte, each disk's image, when it was, and for how long the guest stood still.
 *
 * @param nodes the block layer's nodes as they were before
 * @param events what the monitor told while the snapshot was taken
 */
record Manifest(Path file, List<Disk> disks, JsonNode nodes, List<JsonNode> events) {

    private static final double NANOS_PER_MILLISECOND = 1e6;

    /** The job that saves the memory. */
    String job() throws IOException {
        for (JsonNode event : events) {
            if (event.path("event").asString("").equals("JOB_STATUS_CHANGE")
                    && event.at("/data/id").asString("").startsWith("migrate")) {
                return event.at("/data/id").asString();
            }
        }
        throw new IOException("The monitor has told of no job that saves the memory");
    }

    /** Reads the memory's file, and puts the manifest where it belongs. */
    void write(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        SealReport seal;
        try (var bar = FileBar.on(terminal, "verifying")) {
            seal = SealReport.of(file, bar);
        }
        if (seal.isDamaged()) {
            throw new IOException(file + " is not what was saved: " + String.join("; ", seal.lines()));
        }
        ObjectNode manifest = toJson(seal);
        Path target = file.resolveSibling(file.getFileName() + ".json");
        Path partial = file.resolveSibling(file.getFileName() + ".json.partial");
        Files.writeString(partial, manifest.toPrettyString() + "\n");
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        if (terminal.json()) {
            terminal.print(manifest);
        } else {
            terminal.print("Saved in " + file + standstill().map(pause -> "; the guest stood still for "
                    + milliseconds(pause) + " ms").orElse("; the guest stood still before") + "; see " + target);
        }
    }

    private ObjectNode toJson(SealReport seal) throws IOException {
        ObjectNode manifest = Monitor.JSON.createObjectNode().put("version", 1);
        seal.addTo(manifest.putObject("memory").put("file", file.toString()).put("bytes", Files.size(file)));
        var list = manifest.putArray("disks");
        for (Disk disk : disks) {
            list.addObject().put("node", disk.node()).put("image", imageOf(disk.node()))
                    .put("overlay", disk.overlay().toString()).put("overlay-node", disk.overlayNode());
        }
        manifest.put("time", at("STOP").orElse(Instant.now()).toString());
        return manifest.put("pause-ms", standstill().map(Manifest::milliseconds).orElse(0.0));
    }

    private String imageOf(String node) {
        for (JsonNode each : nodes) {
            if (each.path("node-name").asString("").equals(node)) {
                return each.path("file").asString("");
            }
        }
        return "";
    }

    private Optional<Duration> standstill() {
        return at("STOP").flatMap(stop -> at("RESUME").map(resume -> Duration.between(stop, resume)));
    }

    private static double milliseconds(Duration pause) {
        return pause.toNanos() / NANOS_PER_MILLISECOND;
    }

    private Optional<Instant> at(String name) {
        return events.stream().filter(event -> event.path("event").asString("").equals(name)).findFirst()
                .map(event -> Instant.ofEpochSecond(event.at("/timestamp/seconds").asLong(0),
                        event.at("/timestamp/microseconds").asLong(0) * 1000));
    }
}
