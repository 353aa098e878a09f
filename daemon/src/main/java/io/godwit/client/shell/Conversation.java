package io.godwit.client.shell;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests and their answers at a wire that is lent, and the events that come between. Its thread {@code godwit-answers}
 * receives, and ends with the wire; whoever asks waits for the answer. Answers come in the order of the requests, as nothing
 * here is sent out of band.
 */
final class Conversation {
    /** Told by the thread that receives. */
    interface Listener {
        void event(JsonNode event);

        /** Nothing comes any more; told once, last. */
        void ended(IOException why);
    }

    private final Wire wire;
    private final Listener listener;
    private final Deque<CompletableFuture<JsonNode>> asked = new ArrayDeque<>();
    private boolean ended;

    Conversation(Wire wire, Listener listener) {
        this.wire = wire;
        this.listener = listener;
        // A daemon thread: a monitor that says nothing must not keep the process.
        Thread.ofPlatform().daemon().name("godwit-answers").start(this::receiveAll);
    }

    /**
     * Sends a request and waits for what is said to it: an object with {@code return} or {@code error}.
     *
     * @throws IOException when the wire has ended, or ends before the answer
     */
    JsonNode ask(ObjectNode request) throws IOException {
        var answer = new CompletableFuture<JsonNode>();
        synchronized (this) {
            if (ended) {
                throw new IOException("The monitor has closed the connection");
            }
            asked.add(answer); // in the order of sending
            wire.send(request.toString());
        }
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IOException("The monitor has closed the connection without an answer", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for an answer", e);
        }
    }

    private void receiveAll() {
        try {
            while (true) {
                tell(wire.receive());
            }
        } catch (IOException e) {
            end(e);
        }
    }

    private void tell(String line) throws IOException {
        JsonNode message = Wire.parse(line);
        if (message.has("event")) {
            listener.event(message);
            return;
        }
        CompletableFuture<JsonNode> first;
        synchronized (this) {
            first = asked.poll();
        }
        Consumer<JsonNode> whoAsked = first == null ? listener::event : first::complete;
        whoAsked.accept(message);
    }

    private void end(IOException why) {
        Deque<CompletableFuture<JsonNode>> unanswered;
        synchronized (this) {
            ended = true;
            unanswered = new ArrayDeque<>(asked);
            asked.clear();
        }
        unanswered.forEach(one -> one.completeExceptionally(Objects.requireNonNull(why)));
        listener.ended(why);
    }
}
