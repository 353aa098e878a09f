package io.godwit.engine.mappedram;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.MigrationOptions;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file as pages reach it: as the stream does, or with direct-io past the page cache, by a descriptor of its own, which
 * this owns. Any thread.
 */
final class PagesFile implements AutoCloseable {
    private final Fd file;
    private final @Nullable Fd direct;

    /** The file is lent until the close. */
    PagesFile(Fd file, OpenFlag access, MigrationOptions options) throws IOException {
        this.file = file;
        direct = options.parameters().get().directIo() ? openDirect(file, access) : null;
    }

    private static Fd openDirect(Fd file, OpenFlag access) throws IOException {
        try {
            return file.reopen(Set.of(access, OpenFlag.DIRECT));
        } catch (ErrnoException e) {
            throw new IOException("Unable to open the migration file for direct I/O: %s; switch direct-io off"
                    .formatted(e.errno().text()), e);
        }
    }

    Fd fd() {
        return direct == null ? file : direct;
    }

    @Override
    public void close() {
        if (direct != null) {
            direct.close();
        }
    }
}
