package io.godwit.daemon.upgrade;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The process that is to take this one's place. Owns it until it has: ends it, if it never does. One thread.
 */
final class Successor implements AutoCloseable {
    /** A JVM's start and its rehearsal, on a machine that is very busy; the guest runs on meanwhile. */
    private static final Duration START_PATIENCE = Duration.ofMinutes(5);
    /** Commands of the guest wait meanwhile. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String OPTION = "--take-over";

    private final Process process;
    private final Link link;
    private final String version;
    private boolean gone;

    private Successor(Process process, Link link) throws IOException {
        this.process = process;
        this.link = link;
        version = say(() -> link.expect("hello", START_PATIENCE)).path("version").asString("");
    }

    /**
     * Starts it and waits until it has said hello.
     *
     * @param command with which a daemon would be started that serves what this one does
     */
    static Successor start(List<String> command) throws IOException {
        Path directory = Files.createTempDirectory("godwit");
        Path path = directory.resolve("s");
        try (Fd listening = StreamSocket.listen(new StreamAddress.Unix(path), 1, StreamSocket.OWNER_ONLY)) {
            var whole = new ArrayList<>(command);
            whole.addAll(List.of(OPTION, "unix:" + path));
            var builder = new ProcessBuilder(whole).inheritIO();
            builder.environment().remove("WATCHDOG_PID"); // systemd's word on this process: that one is watched next
            Process process = builder.start();
            try {
                return new Successor(process, new Link(accept(listening, process)));
            } catch (IOException | RuntimeException e) {
                process.destroyForcibly();
                throw e;
            }
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    /** Takes the path that an argument list has for this, and the option, out of it. */
    static List<String> without(List<String> arguments) {
        int at = arguments.indexOf(OPTION);
        if (at < 0) {
            return arguments;
        }
        var rest = new ArrayList<>(arguments);
        rest.subList(at, Math.min(at + 2, rest.size())).clear();
        return rest;
    }

    private static Fd accept(Fd listening, Process process) throws IOException {
        try (var ended = new EventFd(); var poll = new Poll(ended)) {
            var watch = process.onExit().thenRun(ended::signal);
            try {
                Poll.Outcome outcome = poll.awaitReadable(listening, START_PATIENCE.toMillis());
                Optional<Fd> connection = StreamSocket.acceptNow(listening);
                if (connection.isPresent()) {
                    return connection.get();
                }
                throw new IOException(outcome == Poll.Outcome.TIMED_OUT
                        ? "the new process has not come up within " + START_PATIENCE.toSeconds() + " s"
                        : "the new process has ended with status " + status(process)
                                + " before it took anything over; what it said is in the log");
            } finally {
                watch.cancel(false);
            }
        }
    }

    private static int status(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    String version() {
        return version;
    }

    /** Its process id. */
    long pid() throws IOException {
        return link.peer();
    }

    /** Gives it all parts, in their order, and returns when it has taken them. */
    void give(List<String> names, List<Part> parts) throws IOException {
        var body = JsonNodeFactory.instance.objectNode();
        var list = body.putArray("parts");
        var descriptors = new ArrayList<Fd>();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            list.addObject().put("name", names.get(i)).put("descriptors", part.descriptors().size()).set("data",
                    part.data());
            descriptors.addAll(part.descriptors());
        }
        say(() -> {
            link.send("inheritance", body, descriptors);
            return link.expect("ready", PATIENCE);
        });
    }

    /** All is its own now. That it cannot be told changes nothing: it sees that we are gone. */
    void go() {
        gone = true;
        try {
            link.send("go");
        } catch (IOException e) {
            // It finds out.
        }
    }

    /** Whether it has ended, or does within a moment: its end may be seen on the socket before. */
    boolean hasEnded() {
        try {
            return process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** It comes to nothing. */
    void refuse(String reason) {
        link.refuse(reason);
    }

    private interface Talk<T> {
        T talk() throws IOException;
    }

    private <T> T say(Talk<T> talk) throws IOException {
        try {
            return talk.talk();
        } catch (EOFException e) {
            throw new IOException("the new process has ended with status " + status(process)
                    + "; what it said is in the log", e);
        } catch (IOException e) {
            throw new IOException("the new process: " + e.getMessage(), e);
        }
    }

    /** Ends the process, unless it has taken over. */
    @Override
    public void close() {
        link.close();
        if (!gone) {
            process.destroy();
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
