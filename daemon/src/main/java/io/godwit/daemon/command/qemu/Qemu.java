package io.godwit.daemon.command.qemu;

import io.godwit.daemon.remote.Connection;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The QEMU, as whoever saves or moves its guest speaks to it. Any thread. */
record Qemu(Access access) {
    private static final long LOOK_NANOS = 5_000_000;
    private static final long MOST_LOOKS = 2000;
    private static final Duration ANSWER = Duration.ofSeconds(30);

    /** The way to its monitor. */
    @FunctionalInterface
    interface Access {
        Connection.Use use() throws IOException;
    }

    JsonNode execute(String command) throws QmpException {
        return execute(command, JsonNodeFactory.instance.objectNode());
    }

    JsonNode execute(String command, ObjectNode arguments) throws QmpException {
        return execute(command, arguments, Optional.empty(), ANSWER);
    }

    JsonNode execute(String command, ObjectNode arguments, Optional<Fd> descriptor, Duration patience)
            throws QmpException {
        try (var use = access.use()) {
            return use.monitor().execute(command, arguments, descriptor, patience);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    JsonNode executeOutOfBand(String command, ObjectNode arguments) throws QmpException {
        try (var use = access.use()) {
            return use.monitor().executeOutOfBand(command, arguments);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private static QmpException lost(IOException e) {
        return new QmpException("The QEMU has not answered: " + e.getMessage());
    }

    boolean isRunning() throws QmpException {
        return execute("query-status").path("running").asBoolean(false);
    }

    /** The guest's memory. */
    long ramBytes() throws QmpException {
        var size = execute("query-memory-size-summary");
        return size.path("base-memory").asLong(0) + size.path("plugged-memory").asLong(0);
    }

    /** Closes a descriptor that it was passed, unless it has been used. */
    void closeDescriptor(String name) throws QmpException {
        try {
            execute("closefd", JsonNodeFactory.instance.objectNode().put("fdname", name));
        } catch (QmpException e) {
            if (!e.error().desc().endsWith("not found")) {
                throw e;
            }
        }
    }

    /** Cancels its migration, where there is one, and waits until it is over. */
    void cancelMigration() throws QmpException {
        execute("migrate_cancel");
        awaitMigrationsEnd();
    }

    /** Waits until its migration is over; how it ended: {@code query-migrate}. */
    JsonNode awaitMigrationsEnd() throws QmpException {
        for (long look = 0; look < MOST_LOOKS; look++) {
            var migration = execute("query-migrate");
            switch (migration.path("status").asString("none")) {
                case "none", "completed", "failed", "cancelled" -> {
                    return migration;
                }
                default -> LockSupport.parkNanos(LOOK_NANOS);
            }
        }
        throw new QmpException("The QEMU's migration does not end");
    }
}
