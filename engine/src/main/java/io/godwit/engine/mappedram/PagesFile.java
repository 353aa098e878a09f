package io.godwit.engine.mappedram;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.MigrationOptions;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file as pages reach it: through the page cache like the stream, or with direct-io past it, by a descriptor of its own.
 * What is written through the cache goes on to the device at once, so that little is left to a sync; telling the kernel
 * so takes about as long as the copy into the cache, and is done by a thread of its own ({@code writeback}). Owns that and
 * the descriptor. Any thread.
 */
final class PagesFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PagesFile.class);
    /** So much is tested for zero and then copied that it is still in the processor's cache. */
    private static final long CACHED_RUN_BYTES = 1 << 20;
    /** A device is told of as much as it can take at once. */
    private static final long DIRECT_RUN_BYTES = 4 << 20;

    private final Fd file;
    private final @Nullable Fd direct;
    private final @Nullable ExecutorService writeback;

    private PagesFile(Fd file, @Nullable Fd direct, @Nullable ExecutorService writeback) {
        this.file = file;
        this.direct = direct;
        this.writeback = writeback;
    }

    /** To be read; the file is lent until the close. */
    static PagesFile toRead(Fd file, MigrationOptions options) throws IOException {
        return new PagesFile(file, isDirect(options) ? openDirect(file, OpenFlag.READ) : null, null);
    }

    /** To be written; the file is lent until the close. */
    static PagesFile toWrite(Fd file, MigrationOptions options) throws IOException {
        return isDirect(options)
                ? new PagesFile(file, openDirect(file, OpenFlag.WRITE), null)
                : new PagesFile(file, null,
                        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("writeback").factory()));
    }

    private static boolean isDirect(MigrationOptions options) {
        return options.parameters().get().directIo();
    }

    private static Fd openDirect(Fd file, OpenFlag access) throws IOException {
        try {
            return file.reopen(Set.of(access, OpenFlag.DIRECT));
        } catch (ErrnoException e) {
            throw new IOException("Unable to open the migration file for direct I/O: %s; switch direct-io off"
                    .formatted(e.errno().text()), e);
        }
    }

    boolean isDirect() {
        return direct != null;
    }

    Fd fd() {
        return direct == null ? file : direct;
    }

    /** How much to write by one system call. */
    long runBytes() {
        return direct == null ? CACHED_RUN_BYTES : DIRECT_RUN_BYTES;
    }

    /** A piece has been written. */
    void written(long place, long length) {
        if (writeback != null) {
            writeback.execute(() -> startWriteback(place, length));
        }
    }

    /** A loss shows again when the file is synced. */
    private void startWriteback(long place, long length) {
        try {
            file.startWriteback(place, length);
        } catch (IOException e) {
            LOG.debug("writeback could not be started: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        if (writeback != null) {
            writeback.close();
        }
        if (direct != null) {
            direct.close();
        }
    }
}
