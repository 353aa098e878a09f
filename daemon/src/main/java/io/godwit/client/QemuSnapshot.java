package io.godwit.client;

import io.godwit.inspect.Intake;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Takes a snapshot of a guest that runs in a QEMU, into a sealed mapped-ram file, while the guest goes on. The QEMU sends, an
 * engine in this process writes the file.
 */
record QemuSnapshot(Path file, Path qmp, Pause pause) implements FileAction {

    QemuSnapshot {
        file = file.toAbsolutePath();
    }

    @Override
    public int run(Terminal terminal) throws IOException {
        Path directory = Files.createTempDirectory("godwit-");
        Path socket = directory.resolve("stream");
        var standstill = new Standstill();
        try (var qemu = new Monitor(qmp, standstill::hear); var intake = new Intake(file, socket)) {
            boolean sent = send(qemu, "unix:" + socket, terminal);
            if (sent) {
                intake.await();
                report(terminal, standstill.milliseconds());
            }
            return sent ? 0 : 1;
        } catch (CommandFailed e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(directory);
        }
    }

    private boolean send(Monitor qemu, String uri, Terminal terminal) throws IOException, CommandFailed {
        try (var _ = new IfInterrupted(terminal, "there will be no snapshot; the guest goes on");
                var _ = new Switched(qemu, "background-snapshot")) {
            qemu.execute("migrate", Monitor.JSON.createObjectNode().put("uri", uri));
            return Watch.toTheEnd(qemu, terminal, pause).completed();
        }
    }

    private void report(Terminal terminal, double standstill) {
        if (terminal.json()) {
            terminal.print(Monitor.JSON.createObjectNode().put("file", file.toString()).put("pause-milliseconds",
                    standstill));
        } else {
            terminal.print(String.format(Locale.ROOT, "Saved in %s; the guest stood still for %.1f ms", file,
                    standstill));
        }
    }

    /** For how long a guest has been stopped, by its own QEMU's clock. */
    private static final class Standstill {
        private double stopped = Double.NaN;
        private double total;

        void hear(JsonNode event) {
            double at = 1000.0 * event.at("/timestamp/seconds").asLong(0)
                    + event.at("/timestamp/microseconds").asLong(0) / 1000.0;
            switch (event.path("event").asString("")) {
                case "STOP" -> stopped = at;
                case "RESUME" -> {
                    total += Double.isNaN(stopped) ? 0 : at - stopped;
                    stopped = Double.NaN;
                }
                default -> {
                }
            }
        }

        double milliseconds() {
            return total;
        }
    }
}
