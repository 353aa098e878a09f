package io.godwit.client;

import io.godwit.client.shell.Wire;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Owns the connection to a QMP monitor whose session has been negotiated. One thread at a time. */
final class Monitor implements Wire, AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private final SocketChannel channel;
    private final Lines lines;
    private final Consumer<JsonNode> events;

    /**
     * Connects and negotiates. A monitor serves one client at a time: while it has another, this waits.
     *
     * @throws IOException with a sentence for a person
     */
    Monitor(Path socket) throws IOException {
        this(socket, event -> {});
    }

    /** The same, with somebody who hears the events that come before an answer. */
    Monitor(Path socket, Consumer<JsonNode> events) throws IOException {
        this.events = events;
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        lines = new Lines(channel);
        try {
            connect(socket);
            var greeting = Wire.parse(lines.next());
            if (!greeting.has("QMP")) {
                throw new IOException(socket + " is no QMP monitor: it greeted with " + greeting);
            }
            execute("qmp_capabilities");
        } catch (CommandFailed e) {
            channel.close();
            throw new IOException(socket + " refused to negotiate: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void connect(Path socket) throws IOException {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new IOException("Cannot connect to the monitor " + socket + ": " + e.getMessage(), e);
        }
    }

    JsonNode execute(String command) throws IOException, CommandFailed {
        return execute(command, JSON.createObjectNode());
    }

    /** The {@code return} of a command; events that come before it are told. */
    JsonNode execute(String command, ObjectNode arguments) throws IOException, CommandFailed {
        return execute(command, arguments, events);
    }

    /** The same, with somebody of its own who hears them. */
    JsonNode execute(String command, ObjectNode arguments, Consumer<JsonNode> listener)
            throws IOException, CommandFailed {
        var request = JSON.createObjectNode().put("execute", command);
        if (!arguments.isEmpty()) {
            request.set("arguments", arguments);
        }
        send(request.toString());
        while (true) {
            var message = Wire.parse(lines.next());
            if (message.has("return")) {
                return message.path("return");
            }
            if (message.has("error")) {
                throw new CommandFailed(message.path("error"));
            }
            listener.accept(message);
        }
    }

    @Override
    public void send(String text) throws IOException {
        var bytes = StandardCharsets.UTF_8.encode(text + "\r\n");
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public String receive() throws IOException {
        return lines.next();
    }

    /** No more requests: the server answers what it has and closes. */
    void finish() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
