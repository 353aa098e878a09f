package io.godwit.daemon.command.qemu;

import io.godwit.daemon.command.Refusals;
import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Owns a held guest whose RAM is a mapped-ram file, and which waits for a stream at one end of a socket pair. The file gets its
 * name when the stream is whole; closed before, nothing of it is left.
 */
final class FileReceiver implements AutoCloseable, EngineEvents {
    private final CompletableFuture<MigrationStatus> end = new CompletableFuture<>();
    private final MigrationEngine engine;
    private final Fd sendingEnd;

    /** @param mostRam the most RAM that the stream may bring, in bytes */
    FileReceiver(Path file, long mostRam, boolean sealed) throws QmpException {
        try {
            engine = MigrationEngine.start(new GuestSpec("", new GuestSpec.Held(), mostRam,
                    new GuestSpec.Ram.MappedRamFile(file), true, true, Optional.empty(), sealed), this);
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        try {
            sendingEnd = listen();
        } catch (QmpException e) {
            engine.close();
            throw e;
        }
    }

    private Fd listen() throws QmpException {
        try {
            var pair = StreamSocket.pair();
            var receiving = pair.getFirst();
            try {
                engine.migrateIncoming(new Endpoint.Descriptor(forWriting -> receiving, OptionalLong.empty()), false);
            } catch (MigrationException e) {
                pair.forEach(Fd::close);
                throw Refusals.of(e);
            }
            return pair.getLast();
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    /** What the sender needs; lent, and to be given away by {@link #given}. */
    Fd sendingEnd() {
        return sendingEnd;
    }

    /** The sender has an end of its own now: with it the stream ends. */
    void given() {
        sendingEnd.close();
    }

    /** Whether a page has come, within {@code patience} and before the stream has ended. */
    boolean awaitFirstPage(Duration patience) {
        try {
            return engine.awaitFirstPage(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    long receivedBytes() {
        return engine.statistics().receivedBytes();
    }

    /** Completes when the stream has come to its end: {@code completed}, and the file is whole, or {@code failed}. */
    CompletableFuture<MigrationStatus> end() {
        return end;
    }

    /** Why it failed. */
    String failure() {
        return engine.queryMigrate().errorDesc().orElse("the stream ended");
    }

    @Override
    public void migrationStatus(MigrationStatus status) {
        if (!status.isRunning()) {
            end.completeAsync(() -> status); // not on the engine's thread, which must not be kept
        }
    }

    @Override
    public void close() {
        sendingEnd.close();
        engine.close();
    }
}
