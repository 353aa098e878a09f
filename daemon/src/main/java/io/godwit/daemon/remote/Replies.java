package io.godwit.daemon.remote;

import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import io.godwit.protocol.qmp.QmpInput;
import io.godwit.protocol.qmp.QmpParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sorts what a monitor says: each answer to the one who waits for it, by id; events to the listener. Fed by one thread. What a
 * message may cost is the parser's limit.
 */
final class Replies {

    /** An answer that has not come yet. */
    record Awaited(JsonNode id, CompletableFuture<ObjectNode> message) {}

    private final Path path;
    private final MonitorListener listener;
    private final QmpParser parser = new QmpParser(this::take);
    private final CompletableFuture<ObjectNode> greeting = new CompletableFuture<>();
    private final Map<JsonNode, Awaited> waiting = new HashMap<>();
    private long lastId;
    private @Nullable IOException end;
    private boolean closed;
    /** Of the feeding thread. */
    private @Nullable String fault;

    Replies(Path path, MonitorListener listener) {
        this.path = path;
        this.listener = listener;
    }

    /** What the greeting says under QMP. */
    CompletableFuture<ObjectNode> greeting() {
        return greeting;
    }

    /** Fails when the connection has ended. */
    synchronized Awaited expect() throws IOException {
        ensureOpen();
        var awaited = new Awaited(JsonNodeFactory.instance.stringNode("godwit-" + ++lastId), new CompletableFuture<>());
        waiting.put(awaited.id(), awaited);
        return awaited;
    }

    synchronized void ensureOpen() throws IOException {
        if (end != null) {
            throw new IOException(end.getMessage(), end);
        }
    }

    /** An answer that comes later is passed over. */
    synchronized void forget(Awaited awaited) {
        waiting.remove(awaited.id());
    }

    /** Throws when what came is not QMP. */
    void feed(ByteBuffer bytes) throws IOException {
        parser.feed(bytes);
        if (fault != null) {
            throw new IOException(fault);
        }
    }

    private void take(QmpInput input) {
        switch (input) {
            case QmpInput.Value(ObjectNode message) -> sort(message);
            case QmpInput.Value(var other) -> fault = "it sent what is no QMP message: " + shortened(other.toString());
            case QmpInput.Fault(var text) -> fault = "it sent what is no JSON: " + text;
        }
    }

    private void sort(ObjectNode message) {
        if (message.has("event")) {
            listener.event(message.path("event").asString(""), message);
        } else if (message.get("QMP") instanceof ObjectNode it) {
            greeting.complete(it);
        } else if (message.has("id")) {
            Awaited awaited = waitingFor(message.path("id"));
            if (awaited != null) {
                awaited.message().complete(message);
            }
        } else {
            fault = "it sent what answers nothing that was asked: " + shortened(message.toString());
        }
    }

    private synchronized @Nullable Awaited waitingFor(JsonNode id) {
        return waiting.get(id);
    }

    private static String shortened(String text) {
        return text.length() > 200 ? text.substring(0, 200) + "..." : text;
    }

    /** Of an answer. */
    static JsonNode result(ObjectNode message) throws QmpException {
        JsonNode error = message.get("error");
        if (error != null) {
            throw new QmpException(new QmpError(QmpErrorClass.of(error.path("class").asString("")),
                    error.path("desc").asString("an error without a description")));
        }
        return message.path("return");
    }

    /** The connection has failed: tells the listener, unless it was closed here, and all who wait. */
    void lost(IOException why) {
        var told = new IOException("QMP '" + path + "': " + why.getMessage(), why);
        boolean unexpected;
        synchronized (this) {
            unexpected = !closed;
            end = told;
        }
        if (unexpected) {
            listener.lost(told);
        }
        greeting.completeExceptionally(told);
        List<Awaited> disappointed;
        synchronized (this) {
            disappointed = new ArrayList<>(waiting.values());
        }
        disappointed.forEach(awaited -> awaited.message().completeExceptionally(told));
    }

    /** Nothing is expected any more; whether this was the first call. */
    synchronized boolean close() {
        boolean first = !closed;
        closed = true;
        if (end == null) {
            end = new IOException("QMP '" + path + "': the connection was closed here");
        }
        return first;
    }
}
