package io.godwit.client;

import java.io.IOException;
import tools.jackson.databind.JsonNode;

/** Looks at a migration again and again. */
final class Watch {
    private Watch() {}

    /** One look at it. */
    @FunctionalInterface
    interface Look {
        JsonNode at() throws IOException, CommandFailed;
    }

    /** Shows a running migration until it ends; how it ended. */
    static Progress toTheEnd(Monitor monitor, Terminal terminal, Pause pause) throws IOException, CommandFailed {
        return toTheEnd(() -> monitor.execute("query-migrate"), terminal, pause);
    }

    /** The same with what is like a migration. */
    static Progress toTheEnd(Look look, Terminal terminal, Pause pause) throws IOException, CommandFailed {
        var view = ProgressView.on(terminal);
        var timeLeft = new TimeLeft();
        while (true) {
            var migration = look.at();
            var progress = Progress.of(migration);
            if (progress.ended()) {
                view.end(migration, progress);
                return progress;
            }
            view.show(migration, progress, timeLeft.after(progress));
            pause.await();
        }
    }
}
