package io.godwit.client.shell;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Lines in, lines out: sends what is piped in, JSON as it is and the short form as JSON, and gives out everything that comes
 * back as it came, until both sides have finished.
 */
public final class Filter {
    /** Marks the one request that is not the user's. */
    private static final String OWN = "godwit-schema";

    /** Tells the other side that no more requests come. */
    @FunctionalInterface
    public interface Finish {
        void finish() throws IOException;
    }

    private final Wire wire;
    private final Finish finish;
    private final CompletableFuture<Schema> schema = new CompletableFuture<>();
    private volatile boolean understood = true;

    /**
     * @param wire lent
     * @param finish called once the input has ended
     */
    public Filter(Wire wire, Finish finish) {
        this.wire = wire;
        this.finish = finish;
    }

    /**
     * Runs it.
     *
     * @param complaint told what is wrong with a line, or with the input; on another thread
     * @return whether all was understood here and there
     */
    public boolean run(BufferedReader input, Consumer<String> output, Consumer<String> complaint) throws IOException {
        // A daemon thread: a terminal that is never read to its end must not keep the process.
        Thread.ofPlatform().daemon().name("godwit-input").start(() -> sendAll(input, complaint));
        try {
            return receiveAll(output);
        } finally {
            schema.completeExceptionally(new EOFException()); // who waits for it waits no more
        }
    }

    private boolean receiveAll(Consumer<String> output) throws IOException {
        boolean withoutError = true;
        while (true) {
            String line;
            try {
                line = wire.receive();
            } catch (EOFException e) {
                return withoutError && understood;
            }
            JsonNode message = Wire.parse(line);
            if (message.path("id").asString("").equals(OWN)) {
                schema.complete(Schema.of(message.path("return")));
            } else {
                output.accept(line);
                withoutError &= !message.has("error");
            }
        }
    }

    private void sendAll(BufferedReader input, Consumer<String> complaint) {
        var json = new Brackets();
        try {
            for (String line; (line = input.readLine()) != null;) {
                if (!json.areOpen() && Requests.isShort(line)) {
                    sendShort(line, complaint);
                } else if (!line.isBlank()) {
                    json.add(line);
                    wire.send(line);
                }
            }
            finish.finish();
        } catch (IOException e) {
            // The connection is gone; the reading side says so.
            complaint.accept("input ended: " + e.getMessage());
        }
    }

    private void sendShort(String line, Consumer<String> complaint) throws IOException {
        try {
            wire.send(new Requests(schema()).request(line).toString());
        } catch (MisunderstoodException e) {
            understood = false;
            complaint.accept(String.valueOf(e.getMessage()));
        }
    }

    /** Asked for when it is first needed: who pipes JSON does not wait for it. */
    private Schema schema() throws IOException {
        if (!schema.isDone()) {
            wire.send("{\"execute\": \"query-qmp-schema\", \"id\": \"" + OWN + "\"}");
        }
        try {
            return schema.get();
        } catch (ExecutionException e) {
            throw new IOException("the connection has ended", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
