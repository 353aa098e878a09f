package io.godwit.engine.multifd;

import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.Pieces;
import io.godwit.protocol.qapi.MigrationCapability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Carries pages on several threads at once, as many as a migration has channels; on the caller's own when that is one. Owns the
 * threads ({@code multifd-N}).
 */
public final class Lanes implements AutoCloseable {
    private final int count;
    private final @Nullable ExecutorService threads;

    /** As many as the options have it: one without multifd. */
    public Lanes(MigrationOptions options) {
        this(options, 1);
    }

    /** As many as the options have it: {@code otherwise} without multifd. */
    public Lanes(MigrationOptions options, int otherwise) {
        count = options.capabilities().has(MigrationCapability.MULTIFD)
                ? options.parameters().get().multifdChannels()
                : otherwise;
        threads = count == 1
                ? null
                : Executors.newFixedThreadPool(count, Thread.ofPlatform().name("multifd-", 0).factory());
    }

    public int count() {
        return count;
    }

    /** What every lane does: takes pieces until there are no more. */
    @FunctionalInterface
    public interface Work {
        void run(int lane, Pieces pieces) throws IOException;
    }

    /** Does {@code work} on every lane, and returns when all are done. The first failure stops all of them. */
    public void run(Pieces pieces, Work work) throws IOException {
        ExecutorService several = threads;
        if (several == null) {
            work.run(0, pieces);
            return;
        }
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int lane = i;
            running.add(several.submit(() -> {
                try {
                    work.run(lane, pieces);
                    return null;
                } catch (IOException | RuntimeException | Error e) {
                    pieces.stop();
                    throw e;
                }
            }));
        }
        awaitAll(running);
    }

    private static void awaitAll(List<Future<?>> running) throws IOException {
        @Nullable
        Throwable first = null;
        for (Future<?> lane : running) {
            try {
                lane.get();
            } catch (ExecutionException e) {
                if (first == null) {
                    first = e.getCause();
                } else if (e.getCause() != null) {
                    first.addSuppressed(e.getCause());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while pages were carried", e);
            }
        }
        if (first != null) {
            throw first instanceof IOException io ? io : new IOException(first.toString(), first);
        }
    }

    @Override
    public void close() {
        if (threads != null) {
            threads.close();
        }
    }
}
