package io.godwit.client;

import io.godwit.inspect.BitmapRepair;
import io.godwit.inspect.BitmapRepair.Rebuilt;
import io.godwit.inspect.FileTrouble;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Rebuilds the bitmaps of a file that QEMU's background-snapshot with mapped-ram left without, in place or in a copy. */
record Repair(Path file, Optional<Path> output) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        List<Rebuilt> rebuilt = repair(terminal);
        if (terminal.json()) {
            var json = Monitor.JSON.createObjectNode().put("repaired", output.orElse(file).toString());
            var blocks = json.putArray("blocks");
            rebuilt.forEach(block -> blocks.addObject().put("name", block.block()).put("present", block.present())
                    .put("pages", block.pages()));
            terminal.print(json);
        } else {
            rebuilt.forEach(block -> terminal.print("RAM block %s: %d of %d pages present".formatted(block.block(),
                    block.present(), block.pages())));
            terminal.print("Repaired: " + output.orElse(file));
        }
        return 0;
    }

    private List<Rebuilt> repair(Terminal terminal) throws IOException {
        try (var bar = FileBar.on(terminal, "repairing")) {
            return BitmapRepair.repair(file, output, bar);
        } catch (IOException e) {
            throw FileTrouble.of(file.toString(), e);
        }
    }
}
