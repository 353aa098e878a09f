package io.godwit.daemon.remote;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.PeerCredentials;
import io.godwit.protocol.qmp.QmpException;
import io.godwit.protocol.qmp.QmpWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns a negotiated connection to somebody else's QMP monitor, and the thread that reads it. Any thread may execute commands,
 * several at once: in-band ones are carried out in the order in which they were sent. A command that times out or loses the
 * connection may have been carried out all the same.
 */
public final class RemoteMonitor implements AutoCloseable {
    private final Path path;
    private final Duration patience;
    private final RemoteSocket socket;
    private final Replies replies;
    private final Thread reader;
    private final ReentrantLock sending = new ReentrantLock();
    /** The peer has one place for a descriptor: the next one may come when the command that takes this one has been answered. */
    private final ReentrantLock oneDescriptor = new ReentrantLock();
    private final boolean outOfBand;

    /**
     * Connects and negotiates, out-of-band execution too where it is offered.
     *
     * @param patience how long to wait for a place at the monitor, which serves one client at a time, and then for an answer
     *            to each command; from one millisecond up
     * @throws IOException with a sentence that names {@code path}
     */
    public static RemoteMonitor connect(Path path, Duration patience, MonitorListener listener) throws IOException {
        return new RemoteMonitor(path, patience, listener);
    }

    private RemoteMonitor(Path path, Duration patience, MonitorListener listener) throws IOException {
        this.path = path;
        this.patience = patience;
        replies = new Replies(path, listener);
        socket = new RemoteSocket(path, patience.toMillis());
        reader = Thread.ofPlatform().name("qmp-remote").daemon().start(this::readAll);
        try {
            JsonNode greeting = await(replies.greeting(), "its greeting; a monitor serves one client at a time",
                    patience);
            outOfBand = offersOutOfBand(greeting);
            negotiate();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static boolean offersOutOfBand(JsonNode greeting) {
        for (JsonNode capability : greeting.path("capabilities")) {
            if ("oob".equals(capability.asString(""))) {
                return true;
            }
        }
        return false;
    }

    private void negotiate() throws IOException {
        var arguments = JsonNodeFactory.instance.objectNode();
        if (outOfBand) {
            arguments.putArray("enable").add("oob");
        }
        try {
            execute("qmp_capabilities", arguments);
        } catch (QmpException e) {
            throw new IOException("QMP '" + path + "' refused to negotiate: " + e.getMessage(), e);
        }
    }

    /** Who listened at the path when this connected. */
    public PeerCredentials peer() throws IOException {
        return socket.peer();
    }

    /**
     * Carries a command out and gives what it returns.
     *
     * @throws QmpException the peer's own error, class and desc
     * @throws IOException the connection is lost or no answer came in time; whether the command was carried out is not known
     */
    public JsonNode execute(String command, ObjectNode arguments) throws IOException, QmpException {
        return execute(command, arguments, Optional.empty(), patience);
    }

    /** As {@link #execute(String, ObjectNode)}, without arguments. */
    public JsonNode execute(String command) throws IOException, QmpException {
        return execute(command, JsonNodeFactory.instance.objectNode());
    }

    /**
     * As {@link #execute(String, ObjectNode)}, with a descriptor, and with a patience of its own.
     *
     * @param descriptor goes with the request (SCM_RIGHTS); lent
     */
    public JsonNode execute(String command, ObjectNode arguments, Optional<Fd> descriptor, Duration patience)
            throws IOException, QmpException {
        if (descriptor.isEmpty()) {
            return ask(command, arguments, descriptor, false, patience);
        }
        oneDescriptor.lock();
        try {
            return ask(command, arguments, descriptor, false, patience);
        } finally {
            oneDescriptor.unlock();
        }
    }

    /** As {@link #execute(String, ObjectNode)}, overtaking what waits; in band where the peer does not offer that. */
    public JsonNode executeOutOfBand(String command, ObjectNode arguments) throws IOException, QmpException {
        return ask(command, arguments, Optional.empty(), outOfBand, patience);
    }

    private JsonNode ask(String command, ObjectNode arguments, Optional<Fd> descriptor, boolean overtaking,
            Duration patience) throws IOException, QmpException {
        if (reader.equals(Thread.currentThread())) {
            throw new IllegalStateException("a listener executes " + command + ", whose answer it would have to read");
        }
        Replies.Awaited awaited = replies.expect();
        try {
            send(QmpWriter.request(command, arguments, awaited.id(), overtaking), descriptor, patience);
            return Replies.result(await(awaited.message(), "the answer to " + command, patience));
        } finally {
            replies.forget(awaited);
        }
    }

    private void send(byte[] request, Optional<Fd> descriptor, Duration patience) throws IOException {
        sending.lock();
        try {
            replies.ensureOpen();
            sendLocked(request, descriptor, patience);
        } finally {
            sending.unlock();
        }
    }

    private void sendLocked(byte[] request, Optional<Fd> descriptor, Duration patience) throws IOException {
        try {
            socket.send(request, descriptor, patience.toMillis());
        } catch (IOException e) {
            // A part of it may be on the wire: what would be sent next could not be told from its rest.
            socket.abort();
            throw new IOException("QMP '" + path + "': " + e.getMessage(), e);
        }
    }

    private ObjectNode await(CompletableFuture<ObjectNode> message, String what, Duration patience)
            throws IOException {
        try {
            return message.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("QMP '" + path + "': no answer within " + patience.toMillis() + " ms: expected "
                    + what, e);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(Objects.requireNonNullElse(e.getCause(), e).getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("QMP '" + path + "': interrupted while waiting for " + what, e);
        }
    }

    private void readAll() {
        try {
            while (true) {
                replies.feed(socket.receive());
            }
        } catch (IOException e) {
            replies.lost(e);
        } catch (RuntimeException bug) {
            replies.lost(new IOException("what it sent was not taken in: " + bug, bug));
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Commands that wait fail; the listener hears nothing more. Idempotent; not for the listener. */
    @Override
    public void close() {
        if (!replies.close()) {
            return;
        }
        socket.abort();
        NativeThread.join(reader);
        sending.lock(); // who was about to send has seen the abort
        try {
            socket.close();
        } finally {
            sending.unlock();
        }
    }
}
