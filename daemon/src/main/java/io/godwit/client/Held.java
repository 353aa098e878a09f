package io.godwit.client;

import java.io.IOException;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What a held guest consists of. */
final class Held implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var held = monitor.execute("x-godwit-query-held");
        if (terminal.json()) {
            terminal.print(held);
            return true;
        }
        terminal.print(summary(held));
        for (var block : held.path("blocks")) {
            terminal.print(String.format(Locale.ROOT, "block   %s: %d KiB, %d pages present", text("name", block),
                    kib("size", block),
                    block.path("present-pages").asLong(0)));
        }
        for (var device : held.path("devices")) {
            terminal.print(
                    String.format(Locale.ROOT, "device  %s: instance %d, version %d, %d bytes", text("name", device),
                            device.path("instance-id").asLong(0), device.path("version").asLong(0),
                            device.path("size").asLong(0)));
        }
        return true;
    }

    private static String summary(JsonNode held) {
        return String.format(Locale.ROOT, "%s%s%s: %d KiB of RAM in %d blocks, %d device sections",
                text("machine-type", held),
                held.has("uuid") ? ", UUID " + text("uuid", held) : "",
                held.has("run-state") ? ", " + text("run-state", held) + " at its source" : "", kib("ram", held),
                held.path("blocks").size(), held.path("devices").size());
    }

    private static long kib(String member, JsonNode of) {
        return of.path(member).asLong(0) >> 10;
    }

    /** Names came in a stream: none of them may end a line or speak to the terminal. */
    private static String text(String member, JsonNode of) {
        return of.path(member).asString("").replaceAll("\\p{Cc}", "?");
    }
}
