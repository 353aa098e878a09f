package io.godwit.client;

import io.godwit.inspect.Conversion;
import io.godwit.inspect.Conversion.Target;
import io.godwit.inspect.FileTrouble;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Turns a stream into a mapped-ram file or the other way.
 *
 * @param target what to make; empty for what the input is not
 * @param mostBytes the most RAM that the input may have
 */
record Convert(Path in, Path out, Optional<Target> target, long mostBytes) implements FileAction {

    @Override
    public int run(Terminal terminal) throws IOException {
        EngineLog.keepQuiet();
        String made = switch (convert(terminal)) {
            case MAPPED_RAM -> "mapped-ram";
            case STREAM -> "stream";
        };
        if (terminal.json()) {
            terminal.print(Monitor.JSON.createObjectNode().put("converted", out.toString()).put("to", made));
        } else {
            terminal.print("Converted to a " + (made.equals("stream") ? made : made + " file") + ": " + out);
        }
        return 0;
    }

    private Target convert(Terminal terminal) throws IOException {
        try (var bar = FileBar.on(terminal, "converting")) {
            return Conversion.convert(in, out, target, mostBytes, bar);
        } catch (IOException e) {
            throw FileTrouble.of(in.toString(), e);
        }
    }
}
