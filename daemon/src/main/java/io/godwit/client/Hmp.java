package io.godwit.client;

import java.io.IOException;

/** A line of the human monitor. */
record Hmp(String line) implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var answer = monitor.execute("human-monitor-command",
                Monitor.JSON.createObjectNode().put("command-line", line));
        var text = answer.asString();
        if (terminal.json()) {
            terminal.print(answer);
        } else if (!text.isBlank()) {
            terminal.print(text.stripTrailing());
        }
        // The human monitor has no status: its errors are texts that begin so.
        return !text.startsWith("Error: ") && !text.startsWith("unknown command: ");
    }
}
