package io.godwit.client;

import io.godwit.engine.FileSeal;
import io.godwit.engine.FileSeal.Verdict;
import io.godwit.inspect.FileTrouble;
import io.godwit.inspect.SealText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Seals a file as it is, or says whether it is still what it was when it was sealed. Status 0 only when it is sealed then, and
 * every byte matches.
 */
record SealCommand(Path file, boolean verify) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        Verdict verdict = verdict(terminal);
        if (terminal.json()) {
            terminal.print(SealText.json(Monitor.JSON.createObjectNode().put("name", file.toString()), verdict));
        } else {
            SealText.of(verdict).forEach(line -> terminal.print(file + ": " + line));
        }
        return verdict instanceof Verdict.Intact ? 0 : 1;
    }

    private Verdict verdict(Terminal terminal) throws IOException {
        try (var bar = FileBar.on(terminal, verify ? "verifying" : "sealing")) {
            long total = Files.size(file);
            return verify
                    ? FileSeal.verify(file, done -> bar.at(done, total))
                    : new Verdict.Intact(FileSeal.seal(file, done -> bar.at(done, total)));
        } catch (IOException e) {
            throw FileTrouble.of(file.toString(), e);
        }
    }
}
