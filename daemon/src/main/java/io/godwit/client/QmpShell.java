package io.godwit.client;

import io.godwit.client.shell.Filter;
import io.godwit.client.shell.HistoryFile;
import io.godwit.client.shell.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** QMP for whoever types it, and for whoever pipes it in: for these everything that comes back is printed as it came. */
final class QmpShell implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException {
        if (terminal.interactive()) {
            try (var shell = new Shell(monitor, history(terminal), terminal.json())) {
                return shell.run();
            }
        }
        var input = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
        return new Filter(monitor, monitor::finish).run(input, terminal::print,
                sentence -> terminal.err().println("godwit: " + sentence));
    }

    /** A shell without memory is still one. */
    private static Optional<Path> history(Terminal terminal) {
        try {
            return Optional.of(HistoryFile.prepare(System.getenv(), Path.of(System.getProperty("user.home"))));
        } catch (IOException e) {
            terminal.err().println("godwit: no history is kept: " + e.getMessage());
            return Optional.empty();
        }
    }
}
