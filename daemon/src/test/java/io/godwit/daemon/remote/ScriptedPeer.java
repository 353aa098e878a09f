package io.godwit.daemon.remote;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A monitor that follows a script: greets its one client, and answers what it is told to answer. {@code $ID} in an answer is
 * the id of the request.
 */
public final class ScriptedPeer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What to say to a request. */
    @FunctionalInterface
    public interface Script {
        /** Lines without their ends; an empty list says nothing, null hangs up. */
        @Nullable
        List<String> answer(String command, JsonNode request, List<Fd> descriptors);
    }

    private final Path path;
    private final String greeting;
    private final Script script;
    private final EventFd ending = new EventFd();
    private final Fd listener;
    private final Thread thread;
    private final BlockingQueue<JsonNode> requests = new LinkedBlockingQueue<>();

    /** An empty greeting: says nothing, as a monitor does that has another client. */
    public ScriptedPeer(Path path, String greeting, Script script) throws IOException {
        this.path = path;
        this.greeting = greeting;
        this.script = script;
        listener = StreamSocket.listen(new StreamAddress.Unix(path), 1, StreamSocket.OWNER_ONLY);
        thread = Thread.ofPlatform().name("scripted-peer").start(this::serve);
    }

    /** A peer that greets as QEMU does. */
    public static ScriptedPeer qemu(Path path, Script script) throws IOException {
        return new ScriptedPeer(path, "{'QMP': {'version': {}, 'capabilities': ['oob']}}".replace('\'', '"'), script);
    }

    /** The next request that came, the negotiation among them. */
    public JsonNode request() throws InterruptedException {
        return requests.take();
    }

    private void serve() {
        try (var poll = new Poll(ending);
                Fd socket = StreamSocket.accept(listener, poll);
                var messages = new FdMessages(socket)) {
            if (!greeting.isEmpty()) {
                send(messages, greeting);
            }
            var unread = new StringBuilder();
            var descriptors = new ArrayList<Fd>();
            while (true) {
                var request = JSON.readTree(line(socket, messages, poll, unread, descriptors));
                requests.add(request);
                var answers = answer(request, descriptors);
                descriptors.forEach(Fd::close);
                descriptors.clear();
                if (answers == null) {
                    return;
                }
                for (var answer : answers) {
                    send(messages, answer.replace("$ID", request.path("id").toString()));
                }
            }
        } catch (IOException e) {
            // The client has gone, or the test is over.
        }
    }

    private @Nullable List<String> answer(JsonNode request, List<Fd> descriptors) {
        var command = request.path("execute").asString(request.path("exec-oob").asString(""));
        return command.equals("qmp_capabilities")
                ? List.of("{\"return\": {}, \"id\": $ID}")
                : script.answer(command, request, descriptors);
    }

    private static String line(Fd socket, FdMessages messages, Poll poll, StringBuilder unread, List<Fd> descriptors)
            throws IOException {
        var buffer = ByteBuffer.allocateDirect(4096);
        int end;
        while ((end = unread.indexOf("\r\n")) < 0) {
            if (poll.awaitReadable(socket, Poll.FOREVER) == Poll.Outcome.ABORTED
                    || messages.receiveNow(buffer.clear()) == 0) {
                throw new EOFException();
            }
            descriptors.addAll(messages.takeFds());
            unread.append(StandardCharsets.UTF_8.decode(buffer.flip()));
        }
        var line = unread.substring(0, end);
        unread.delete(0, end + 2);
        return line;
    }

    private static void send(FdMessages messages, String text) throws IOException {
        byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.UTF_8);
        messages.sendNow(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), List.of());
    }

    @Override
    public void close() throws IOException {
        ending.signal();
        NativeThread.join(thread);
        listener.close();
        ending.close();
        Files.deleteIfExists(path);
    }
}
