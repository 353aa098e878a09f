package io.godwit.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Clones a saved guest: a QEMU maps the file as its main memory, copy-on-write, and gets the rest from the daemon. Says what that
 * takes, or starts the QEMU and stays with it: the file must not change for as long as the clone lives.
 *
 * @param command starts the QEMU; empty to only say what it takes
 * @param trust a sealed file is not held against its seal before that
 */
record Clone(Path file, List<String> command, boolean trust, Pause pause) implements Action {

    /** The daemon has another working directory. */
    Clone {
        file = file.toAbsolutePath();
        command = List.copyOf(command);
    }

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var memory = new MappedMemory(
                monitor.execute("x-godwit-query-saved", Monitor.JSON.createObjectNode().put("file",
                        file.toString())));
        if (command.isEmpty()) {
            return say(memory, terminal);
        }
        Path directory = Files.createTempDirectory("godwit-clone-");
        try {
            return run(memory, directory, monitor, terminal);
        } finally {
            Files.deleteIfExists(directory.resolve("wire"));
            Files.deleteIfExists(directory.resolve("qmp"));
            Files.deleteIfExists(directory);
        }
    }

    private boolean say(MappedMemory memory, Terminal terminal) {
        if (terminal.json()) {
            ObjectNode answer = Monitor.JSON.createObjectNode();
            memory.options().forEach(answer.putArray("options")::add);
            terminal.print(answer);
        } else {
            terminal.print("Start QEMU as the one that was saved, with: " + String.join(" ", memory.options())
                    + " -incoming defer");
            terminal.print("Then: godwit ... restore --mapped " + file + " --to unix:WIRE --qmp unix:MONITOR");
            terminal.print(
                    "The file must not be written to while a clone lives: the daemon looks for that, and stops clones of "
                            + "which it knows the monitor.");
        }
        return true;
    }

    private boolean run(MappedMemory memory, Path directory, Monitor monitor, Terminal terminal)
            throws IOException, CommandFailed {
        boolean mapped = MappedMemory.fits(command);
        var pinned = new PinnedFile(file);
        var all = new ArrayList<>(command);
        if (mapped) {
            all.addAll(memory.options());
        }
        Path qmp = directory.resolve("qmp");
        all.addAll(List.of("-incoming", "defer", "-qmp", "unix:" + qmp + ",server=on,wait=off"));
        Process qemu = new ProcessBuilder(all).inheritIO().start();
        try {
            while (!Files.exists(qmp)) {
                if (!qemu.isAlive()) {
                    throw new IOException("QEMU ended with status " + qemu.exitValue() + " before it had a monitor");
                }
                pause.await();
            }
            return feed(mapped, directory, monitor, terminal) && stay(qemu, mapped, pinned, qmp, terminal);
        } finally {
            qemu.destroy();
        }
    }

    private boolean feed(boolean mapped, Path directory, Monitor monitor, Terminal terminal)
            throws IOException, CommandFailed {
        var arguments = Monitor.JSON.createObjectNode().put("file", file.toString())
                .put("uri", "unix:" + directory.resolve("wire")).put("qmp", "unix:" + directory.resolve("qmp"))
                .put("mapped", mapped).put("trust", trust);
        JsonNode begun = monitor.execute("x-godwit-restore", arguments);
        return Watch.toTheEnd(() -> Restore.find(monitor, begun.path("id").asString("")), terminal, pause).completed();
    }

    /** Until the QEMU ends, or the file is not what it was. */
    private boolean stay(Process qemu, boolean mapped, PinnedFile pinned, Path qmp, Terminal terminal)
            throws IOException, CommandFailed {
        try {
            while (!qemu.waitFor(500, TimeUnit.MILLISECONDS)) {
                if (mapped && pinned.hasChanged()) {
                    try (var clone = new Monitor(qmp)) {
                        clone.execute("stop");
                    }
                    terminal.fail(file + " was written to while a clone had it for its memory: what the clone has not "
                            + "touched is lost, so it is stopped");
                    return false;
                }
            }
            return qemu.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
