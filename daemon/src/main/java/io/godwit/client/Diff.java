package io.godwit.client;

import io.godwit.inspect.Comparison;
import io.godwit.inspect.Difference;
import io.godwit.inspect.DifferencesJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Compares two streams or mapped-ram files. Status as of diff(1): 0 equal, 1 different, 2 trouble. */
record Diff(Path first, Path second) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        List<Difference> differences;
        try (var bar = FileBar.on(terminal, "comparing")) {
            differences = Comparison.of(first, second, bar);
        }
        if (terminal.json()) {
            terminal.print(DifferencesJson.of(differences));
        } else {
            differences.forEach(difference -> terminal.print(difference.sentence()));
        }
        return differences.isEmpty() ? 0 : 1;
    }

    @Override
    public int statusOfFailure() {
        return 2;
    }
}
