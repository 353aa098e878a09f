package io.godwit.daemon.qmp;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A client that speaks plain lines, with descriptors if need be, and never waits longer than ten seconds. */
public final class QmpClient implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 10_000;

    private final EventFd never = new EventFd();
    private final Poll poll = new Poll(never);
    private final Fd socket;
    private final FdMessages messages;
    private final ByteBuffer received = ByteBuffer.allocateDirect(64 * 1024);
    private final StringBuilder unread = new StringBuilder();
    private boolean ended;

    private QmpClient(Path path) throws IOException {
        socket = StreamSocket.connect(new StreamAddress.Unix(path), poll);
        messages = new FdMessages(socket);
    }

    /** Connected; nothing read yet. */
    public static QmpClient connect(Path path) throws IOException {
        return new QmpClient(path);
    }

    /** Connected and out of negotiation. */
    public static QmpClient negotiated(Path path) throws IOException {
        QmpClient client = connect(path);
        client.readLine();
        client.ask("{'execute':'qmp_capabilities','arguments':{'enable':['oob']}}");
        return client;
    }

    /** Sends text as it is; descriptors, which stay the caller's, go with its first byte. */
    public void send(String text, Fd... descriptors) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        List<Fd> unsent = List.of(descriptors);
        while (direct.hasRemaining()) {
            if (messages.sendNow(direct, unsent) == Fd.WOULD_BLOCK) {
                await(poll.awaitWritable(socket, PATIENCE_MILLIS), "room to send");
            } else {
                unsent = List.of();
            }
        }
    }

    /** Sends as much as the server takes at once; how many bytes that was. */
    public int sendWhatIsTaken(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return messages.sendNow(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), List.of());
    }

    /** The next line, without its CR LF. */
    public String readLine() throws IOException {
        int end;
        while ((end = unread.indexOf("\r\n")) < 0) {
            if (ended || !receive()) {
                throw new IOException("the connection ended; left over: '" + unread + "'");
            }
        }
        String line = unread.substring(0, end);
        unread.delete(0, end + 2);
        return line;
    }

    public List<String> readLines(int count) throws IOException {
        var lines = new ArrayList<String>();
        while (lines.size() < count) {
            lines.add(readLine());
        }
        return lines;
    }

    /** Whether anything has come that was not read. */
    public boolean hasSomethingToRead() throws IOException {
        return poll.awaitReadable(socket, 0) != Poll.Outcome.TIMED_OUT;
    }

    /** Sends a request and gives the next line. */
    public String ask(String request, Fd... descriptors) throws IOException {
        send(request, descriptors);
        return readLine();
    }

    /** Waits for the end of the connection; all that came before it. */
    public String readToEnd() throws IOException {
        while (receive()) {
            // until there is no more
        }
        return unread.toString();
    }

    private boolean receive() throws IOException {
        await(poll.awaitReadable(socket, PATIENCE_MILLIS), "an answer");
        received.clear();
        try {
            int count = messages.receiveNow(received);
            ended = count == 0;
            unread.append(StandardCharsets.UTF_8.decode(received.flip()));
            return count != 0;
        } catch (IOException reset) {
            ended = true;
            return false;
        }
    }

    private static void await(Poll.Outcome outcome, String what) {
        if (outcome == Poll.Outcome.TIMED_OUT) {
            throw new AssertionError("no " + what + " within " + PATIENCE_MILLIS + " ms");
        }
    }

    public void shutdownOutput() throws IOException {
        StreamSocket.shutdown(socket, StreamSocket.Half.WRITE);
    }

    @Override
    public void close() {
        messages.close();
        socket.close();
        poll.close();
        never.close();
    }
}
