package io.godwit.engine.mappedram;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Carries pages between a guest's memory and a file: on the caller's thread, or with multifd on as many threads as there
 * are channels, all at once. With direct-io the pages go past the page cache, by a descriptor of their own. Owns that and
 * the threads ({@code multifd-N}).
 */
final class Lanes implements AutoCloseable {
    private final Fd file;
    private final @Nullable Fd direct;
    private final int count;
    private final @Nullable ExecutorService threads;

    /** What every lane does: takes pieces until none is left. */
    @FunctionalInterface
    interface Work {
        void run(Fd pages, Pieces pieces) throws IOException;
    }

    /** The file is lent until the close. */
    private Lanes(Fd file, OpenFlag access, int count, boolean direct) throws IOException {
        this.file = file;
        this.count = count;
        this.direct = direct ? openDirect(file, access) : null;
        threads = count == 1
                ? null
                : Executors.newFixedThreadPool(count, Thread.ofPlatform().name("multifd-", 0).factory());
    }

    /** Lanes into a file, as the migration's options have it. */
    static Lanes into(Fd file, MigrationOptions options) throws IOException {
        return new Lanes(file, OpenFlag.WRITE, channels(options), options.parameters().get().directIo());
    }

    /** Lanes out of a file. */
    static Lanes outOf(Fd file, MigrationOptions options) throws IOException {
        return new Lanes(file, OpenFlag.READ, channels(options), options.parameters().get().directIo());
    }

    private static int channels(MigrationOptions options) {
        MigrationParameters parameters = options.parameters().get();
        return options.capabilities().has(MigrationCapability.MULTIFD) ? parameters.multifdChannels() : 1;
    }

    private static Fd openDirect(Fd file, OpenFlag access) throws IOException {
        try {
            return file.reopen(Set.of(access, OpenFlag.DIRECT));
        } catch (ErrnoException e) {
            throw new IOException("Unable to open the migration file for direct I/O: %s; switch direct-io off"
                    .formatted(e.errno().text()), e);
        }
    }

    /** Does {@code work} on every lane, and returns when all pieces are done. The first failure stops all lanes. */
    void run(Pieces pieces, Work work) throws IOException {
        Fd pages = direct == null ? file : direct;
        ExecutorService several = threads;
        if (several == null) {
            work.run(pages, pieces);
            return;
        }
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            running.add(several.submit(() -> {
                try {
                    work.run(pages, pieces);
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
        if (direct != null) {
            direct.close();
        }
    }
}
