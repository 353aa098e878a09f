package io.godwit.daemon.upgrade;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamSocket;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the two processes say to each other: one JSON object a line, one side at a time. Owns the socket, and descriptors that
 * nobody has taken. One thread.
 */
final class Link implements AutoCloseable {
    /** A thousand guests, each with its parameters, and some hundred bytes for each descriptor. */
    private static final int MOST_LINE_BYTES = 16 << 20;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final String MESSAGE = "message";
    private static final String REFUSED = "refused";
    private static final String REASON = "reason";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Fd socket;
    private final EventFd never = new EventFd();
    private final Poll poll = new Poll(never);
    private final FdMessages messages;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    /**
     * Takes ownership of a connected socket.
     *
     * @throws IOException also when the process at its other end is another user's
     */
    Link(Fd socket) throws IOException {
        this.socket = socket;
        messages = new FdMessages(socket);
        try {
            int uid = StreamSocket.peerCredentials(socket).uid();
            Object own = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (!own.equals(uid)) {
                throw new IOException("the other process is user " + uid + "'s, expected " + own);
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The process at the other end. */
    int peer() throws IOException {
        return StreamSocket.peerCredentials(socket).pid();
    }

    void send(String message) throws IOException {
        send(message, JsonNodeFactory.instance.objectNode(), List.of());
    }

    /** The descriptors, which are lent, go along. */
    void send(String message, ObjectNode body, List<Fd> descriptors) throws IOException {
        byte[] bytes = (body.put(MESSAGE, message) + "\n").getBytes(StandardCharsets.UTF_8);
        int given = 0;
        for (int at = 0; at < bytes.length;) {
            int next = Math.min(given + FdMessages.MAX_FDS, descriptors.size());
            // As long as there are more of them than go with one message, a message is as short as can be.
            int most = next < descriptors.size() ? 1 : BUFFER_BYTES;
            buffer.clear().put(bytes, at, Math.min(bytes.length - at, most)).flip();
            int sent = messages.sendNow(buffer, descriptors.subList(given, next));
            if (sent == Fd.WOULD_BLOCK) {
                poll.awaitWritable(socket, Poll.FOREVER);
            } else {
                given = next;
                at += sent;
            }
        }
    }

    /** Says why it comes to nothing; that it cannot be said any more changes nothing. */
    void refuse(String reason) {
        try {
            send(REFUSED, JsonNodeFactory.instance.objectNode().put(REASON, reason), List.of());
        } catch (IOException gone) {
            // Then it knows.
        }
    }

    /**
     * The next message, which is to be this one.
     *
     * @throws EOFException when the other side has gone
     * @throws IOException with its reason, when it refuses
     */
    ObjectNode expect(String message, Duration patience) throws IOException {
        ObjectNode received = parse(receive(patience));
        String what = received.path(MESSAGE).asString("");
        if (what.equals(REFUSED)) {
            throw new IOException(received.path(REASON).asString("it says no reason"));
        }
        if (!what.equals(message)) {
            throw new IOException("it said '" + what + "', expected '" + message + "'");
        }
        return received;
    }

    private static ObjectNode parse(String line) throws IOException {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new IOException("it said what is no JSON: " + e.getOriginalMessage(), e);
        }
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("it said what is no JSON object");
    }

    private String receive(Duration patience) throws IOException {
        var line = new ByteArrayOutputStream();
        long end = System.nanoTime() + patience.toNanos();
        while (line.size() < MOST_LINE_BYTES) {
            buffer.clear();
            int count = messages.receiveNow(buffer);
            if (count == 0) {
                throw new EOFException("it has gone");
            }
            if (count == Fd.WOULD_BLOCK) {
                long left = Math.max(0, (end - System.nanoTime()) / 1_000_000);
                if (poll.awaitReadable(socket, left) == Poll.Outcome.TIMED_OUT) {
                    throw new IOException("it has not answered for " + patience.toSeconds() + " s");
                }
                continue;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    return line.toString(StandardCharsets.UTF_8); // the other side says nothing more before it has an answer
                }
                line.write(next);
            }
        }
        throw new IOException("it said more than " + MOST_LINE_BYTES + " bytes in a line");
    }

    /** What came along with the last message; the caller owns them. */
    List<Fd> takeDescriptors() {
        return messages.takeFds();
    }

    @Override
    public void close() {
        messages.close();
        socket.close();
        poll.close();
        never.close();
    }
}
