package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.AdaptedCommand;
import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.daemon.localhost.StartedQemu;
import io.godwit.daemon.remote.Connection;
import io.godwit.protocol.qapi.QemuLocalhostMigrateArguments.Waiting;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Owns the QEMU that takes the guest over, and the connection to its monitor, until the guest has come; closed before, it is gone. */
final class Successor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Successor.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path monitor;
    private final Consumer<ObjectNode> events;
    private final @Nullable StartedQemu started;
    private final Map<Path, Path> names;
    private @Nullable Connection connection;
    private boolean arrived;

    private Successor(Path monitor, Consumer<ObjectNode> events, @Nullable StartedQemu started,
            Map<Path, Path> names) {
        this.monitor = monitor;
        this.events = events;
        this.started = started;
        this.names = names;
    }

    /** One that waits already. */
    static Successor waiting(Waiting waiting, Consumer<ObjectNode> events) throws QmpException {
        var successor = new Successor(Path.of(waiting.monitor()), events, null, Map.of());
        successor.connect();
        try {
            String state = successor.qemu().execute("query-status").path("status").asString("");
            String status = successor.qemu().execute("query-migrate").path("status").asString("none");
            if (!state.equals("inmigrate") || !status.equals("none")) {
                throw new QmpException(
                        "The QEMU behind '%s' is %s, and its migration %s: expected one that waits for a guest (-incoming defer)"
                                .formatted(waiting.monitor(), state, status));
            }
            return successor;
        } catch (QmpException e) {
            successor.disconnect();
            throw e;
        }
    }

    /** Starts one. {@link #connect} follows, when it has a monitor. */
    static Successor start(Plan plan, Consumer<ObjectNode> events, String... more) throws QmpException {
        AdaptedCommand command = plan.successor().with(more);
        try {
            var started = StartedQemu.start(command, plan.directory(), plan.beside(".log"));
            return new Successor(command.ownName(plan.monitor()), events, started, command.names());
        } catch (IOException e) {
            throw new QmpException("The other QEMU cannot be started: " + e.getMessage());
        }
    }

    /** Waits until it listens at a socket. */
    void awaitListening(Path socket) throws QmpException {
        if (started != null) {
            try {
                started.awaitListening(socket, PATIENCE);
            } catch (IOException e) {
                throw new QmpException(capitalized(String.valueOf(e.getMessage())));
            }
        }
    }

    private static String capitalized(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }

    /** Waits for its monitor, and connects to it. */
    Connection connect() throws QmpException {
        awaitListening(monitor);
        try {
            var made = Connection.to(monitor, PATIENCE, events);
            connection = made;
            return made;
        } catch (IOException e) {
            throw new QmpException("The other QEMU does not answer: " + e.getMessage());
        }
    }

    Connection connection() {
        if (connection == null) {
            throw new IllegalStateException("the other QEMU has no monitor yet");
        }
        return connection;
    }

    Qemu qemu() {
        return new Qemu(connection()::use);
    }

    Path monitor() {
        return monitor;
    }

    QemuProcess process() throws IOException {
        return started != null ? new QemuProcess(started.pid()) : QemuProcess.of(connection().monitor().peer());
    }

    /** What it says of its end, when it has ended. */
    Optional<String> lastWords() {
        return started == null || started.isAlive() ? Optional.empty() : Optional.of(started.said());
    }

    /** The guest is there: it is nobody's now, and the connection is the guest's. */
    void arrived() {
        arrived = true;
        if (started != null) {
            started.release();
        }
    }

    /**
     * What it listens at, and has written, is called as the one before had called it, who is gone.
     *
     * @return where its monitor is
     */
    Path takeNames() {
        names.forEach((own, later) -> {
            try {
                if (Files.exists(own)) {
                    Files.move(own, later, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                LOG.warn("'{}' stays '{}': {}", later, own, e.getMessage());
            }
        });
        Path later = names.getOrDefault(monitor, monitor);
        return Files.exists(later) ? later : monitor;
    }

    /** It stays what it was, and waits on. */
    void leave() {
        arrived = true;
        disconnect();
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
        }
    }

    /** Ends it. */
    void end() {
        if (started != null) {
            started.kill();
            return;
        }
        try {
            qemu().execute("quit", JsonNodeFactory.instance.objectNode());
        } catch (QmpException e) {
            LOG.info("The other QEMU has ended: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        if (arrived) {
            return;
        }
        end();
        disconnect();
        if (started != null) {
            started.close();
        }
    }
}
