package io.godwit.client;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Sends what is typed or piped in, prints everything that comes back, until both sides have finished. */
final class QmpShell implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException {
        if (terminal.interactive()) {
            terminal.print(
                    "Negotiated. One QMP request per line, such as {\"execute\": \"query-status\"}; Ctrl-D ends.");
        }
        // A daemon thread: a terminal that is never read to its end must not keep the process.
        Thread.ofPlatform().daemon().name("godwit-input").start(() -> sendAll(monitor, terminal));
        boolean withoutError = true;
        while (true) {
            try {
                var line = monitor.receive();
                terminal.print(line);
                withoutError &= !Monitor.parse(line).has("error");
            } catch (EOFException e) {
                return withoutError;
            }
        }
    }

    private static void sendAll(Monitor monitor, Terminal terminal) {
        try {
            var input = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
            for (String line; (line = input.readLine()) != null;) {
                if (!line.isBlank()) {
                    monitor.send(line);
                }
            }
            monitor.finish();
        } catch (IOException e) {
            // The connection is gone; the reading side says so.
            terminal.err().println("godwit: input ended: " + e.getMessage());
        }
    }
}
