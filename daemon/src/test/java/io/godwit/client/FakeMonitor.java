package io.godwit.client;

import io.godwit.client.shell.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * A QMP server of one client after the other that follows a script: to each command the next of its answers, the last one again when they have run out.
 * An answer is what follows {@code "return":}, or a whole error or several lines; {@code hang up} closes.
 */
final class FakeMonitor implements AutoCloseable {
    private final Path path;
    private final ServerSocketChannel listener;
    private final Map<String, Queue<String>> script = new HashMap<>();
    private final List<String> requests = new ArrayList<>();
    private final Thread thread = new Thread(this::serve, "fake-monitor");
    private String greeting = "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}";

    FakeMonitor(Path directory) throws IOException {
        path = directory.resolve("qmp");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
        on("qmp_capabilities", "{}");
    }

    Path path() {
        return path;
    }

    FakeMonitor greeting(String line) {
        greeting = line;
        return this;
    }

    FakeMonitor on(String command, String... answers) {
        script.put(command, new ArrayDeque<>(List.of(answers)));
        return this;
    }

    FakeMonitor start() {
        thread.start();
        return this;
    }

    /** Commands received after the negotiation, as they came. */
    List<String> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    private void serve() {
        while (listener.isOpen()) {
            serveOne();
        }
    }

    private void serveOne() {
        try (var client = listener.accept()) {
            send(client, greeting);
            var lines = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
            for (String line; (line = lines.readLine()) != null;) {
                var command = Wire.parse(line).path("execute").asString();
                if (!command.equals("qmp_capabilities")) {
                    synchronized (requests) {
                        requests.add(line);
                    }
                }
                if (!answer(client, command)) {
                    return;
                }
            }
        } catch (ClosedChannelException e) {
            // The test is over, or the client is.
        } catch (IOException e) {
            if (listener.isOpen()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private boolean answer(SocketChannel client, String command) throws IOException {
        var answers = script.getOrDefault(command,
                new ArrayDeque<>(List.of(error("CommandNotFound", "no " + command))));
        var answer = answers.size() > 1 ? answers.remove() : answers.element();
        if (answer.equals("hang up")) {
            return false;
        }
        send(client,
                answer.contains("\"error\"") || answer.contains("\"event\"") || answer.contains("\"return\"")
                        ? answer
                        : "{\"return\": " + answer + "}");
        return true;
    }

    static String error(String errorClass, String description) {
        return "{\"error\": {\"class\": \"" + errorClass + "\", \"desc\": \"" + description + "\"}}";
    }

    private static void send(SocketChannel client, String text) throws IOException {
        var bytes = StandardCharsets.UTF_8.encode(text + "\r\n");
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(path);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
