package io.godwit.client;

import io.godwit.inspect.FileTrouble;
import io.godwit.inspect.SealReport;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Seals a file as it is, or says whether it is still what it was when it was sealed. Status 0 only when it is sealed then, and
 * every byte matches.
 */
record SealCommand(Path file, boolean verify) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        SealReport report = report(terminal);
        if (terminal.json()) {
            terminal.print(report.addTo(Monitor.JSON.createObjectNode().put("name", file.toString())));
        } else {
            report.lines().forEach(line -> terminal.print(file + ": " + line));
        }
        return report.isIntact() ? 0 : 1;
    }

    private SealReport report(Terminal terminal) throws IOException {
        try (var bar = FileBar.on(terminal, verify ? "verifying" : "sealing")) {
            return verify ? SealReport.of(file, bar) : SealReport.bySealing(file, bar);
        } catch (IOException e) {
            throw FileTrouble.of(file.toString(), e);
        }
    }
}
