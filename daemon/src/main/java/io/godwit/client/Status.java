package io.godwit.client;

import java.io.IOException;
import java.util.Locale;

/** The guest and its last or present migration. */
final class Status implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var name = monitor.execute("query-name").path("name").asString("");
        var status = monitor.execute("query-status");
        var migration = monitor.execute("query-migrate");
        if (terminal.json()) {
            var all = Monitor.JSON.createObjectNode().put("name", name);
            all.set("status", status);
            all.set("migration", migration);
            terminal.print(all);
            return true;
        }
        terminal.print(row("guest", name.isEmpty() ? "(no name)" : name));
        terminal.print(row("run state", status.path("status").asString()));
        var progress = Progress.of(migration);
        terminal.print(row("migration", progress.status()));
        for (var line : progress.details()) {
            terminal.print(row("", line));
        }
        return true;
    }

    private static String row(String label, String value) {
        return String.format(Locale.ROOT, "%-10s %s", label, value);
    }
}
