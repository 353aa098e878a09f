package io.godwit.client;

import io.godwit.inspect.FileInput;
import io.godwit.inspect.FileTrouble;
import io.godwit.inspect.Inspector;
import io.godwit.inspect.ReadingProgress;
import io.godwit.inspect.Report;
import io.godwit.inspect.ReportJson;
import io.godwit.inspect.ReportText;
import io.godwit.inspect.SealReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Shows what a stream or a mapped-ram file holds. Status 0 only when it is whole.
 *
 * @param file {@code -} for standard input
 * @param offset where in the file to begin
 */
record InspectCommand(String file, long offset, boolean verify) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        Report report = inspect(terminal);
        Optional<SealReport> seal = file.equals("-") ? Optional.empty() : Optional.of(seal(terminal));
        if (terminal.json()) {
            terminal.print(ReportJson.of(file, report, seal));
        } else {
            ReportText.of(file, report, seal).forEach(terminal::print);
        }
        return report.isWhole() && !seal.map(SealReport::isDamaged).orElse(false) ? 0 : 1;
    }

    private SealReport seal(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        if (!verify) {
            return lookForSeal();
        }
        try (var bar = FileBar.on(terminal, "verifying the seal")) {
            return SealReport.of(Path.of(file), bar);
        } catch (IOException e) {
            throw FileTrouble.of(file, e);
        }
    }

    private SealReport lookForSeal() throws IOException {
        try {
            return SealReport.unverified(Path.of(file));
        } catch (IOException e) {
            throw FileTrouble.of(file, e);
        }
    }

    private Report inspect(Terminal terminal) throws IOException {
        try (var bar = FileBar.on(terminal, "inspecting"); var in = open(terminal, bar)) {
            return Inspector.inspect(in, verify);
        } catch (IOException e) {
            throw FileTrouble.of(file, e);
        }
    }

    private FileInput open(Terminal terminal, ReadingProgress progress) throws IOException {
        return file.equals("-")
                ? FileInput.of(terminal.in(), progress)
                : FileInput.open(Path.of(file), offset, progress);
    }
}
