package io.godwit.inspect;

import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A mapped-ram file that is being written as a guest arrives on a socket: from a QEMU, as a rule. Owns an engine. What was at
 * the file's name stays there until the guest has come whole.
 */
public final class Intake implements AutoCloseable {
    /** No machine has more; what is not in use takes no space. */
    private static final long MOST_BYTES = 1L << 40;

    private final CompletableFuture<MigrationStatus> end = new CompletableFuture<>();
    private final MigrationEngine engine;

    /**
     * Waits for a guest from now on.
     *
     * @param socket where to listen; removed when the guest is on its way
     */
    public Intake(Path file, Path socket) throws IOException {
        var spec = new GuestSpec("snapshot", new GuestSpec.Held(), MOST_BYTES, new GuestSpec.Ram.MappedRamFile(file),
                true,
                true, Optional.empty(), true);
        engine = MigrationEngine.start(spec, new Ends());
        try {
            engine.migrateIncoming(new Endpoint.Unix(socket), false);
        } catch (MigrationException e) {
            engine.close();
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Only notes: the engine's lock is held. */
    private final class Ends implements EngineEvents {

        @Override
        public void migrationStatus(MigrationStatus status) {
            if (status == MigrationStatus.COMPLETED || status == MigrationStatus.FAILED) {
                end.complete(status);
            }
        }
    }

    /**
     * Waits until the file is whole, on its device, sealed, and has its name.
     *
     * @throws IOException when it has not come to that, and why
     */
    public void await() throws IOException {
        try {
            if (end.get() == MigrationStatus.FAILED) {
                throw new IOException(engine.queryMigrate().errorDesc().orElse("The snapshot ended without a reason"));
            }
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Gives up what has not come whole. */
    @Override
    public void close() {
        engine.close();
    }
}
