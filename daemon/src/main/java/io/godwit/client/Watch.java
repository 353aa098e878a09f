package io.godwit.client;

import java.io.IOException;

/** Looks at a migration again and again. */
final class Watch {
    private Watch() {}

    /** Shows a running migration until it ends; how it ended. */
    static Progress toTheEnd(Monitor monitor, Terminal terminal, Pause pause) throws IOException, CommandFailed {
        var view = ProgressView.on(terminal);
        while (true) {
            var migration = monitor.execute("query-migrate");
            var progress = Progress.of(migration);
            if (progress.ended()) {
                view.end(migration, progress);
                return progress;
            }
            view.show(migration, progress);
            pause.await();
        }
    }
}
