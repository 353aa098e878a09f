package io.godwit.client;

import java.io.IOException;
import tools.jackson.databind.JsonNode;

/** The restores that a daemon serves, and the last ones that it has. */
final class Restores implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var restores = monitor.execute("x-godwit-query-restores");
        if (terminal.json()) {
            terminal.print(restores);
            return true;
        }
        for (JsonNode restore : restores) {
            var progress = Progress.of(restore);
            terminal.print(restore.path("id").asString("") + " of " + restore.path("file").asString("") + " to "
                    + restore.path("uri").asString("") + ": "
                    + (progress.ended() ? progress.outcome() : progress.line()));
        }
        return true;
    }
}
