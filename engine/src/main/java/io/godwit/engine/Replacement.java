package io.godwit.engine;

import io.godwit.engine.channel.NewFile;
import io.godwit.engine.seal.Sealing;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that takes another's place when it is whole, as those do that guests are saved into. Owns it until then; closed before,
 * it is gone. One thread.
 */
public final class Replacement implements AutoCloseable {
    private final NewFile file;
    private final FileChannel channel;

    private Replacement(NewFile file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Begins an empty one for {@code path}, which stays as it is. */
    public static Replacement of(Path path) throws IOException {
        NewFile file = NewFile.create(path, 0);
        try {
            return new Replacement(file,
                    FileChannel.open(Path.of("/proc/self/fd/" + file.fd().number()), StandardOpenOption.WRITE));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** To be written to; lent. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Brings it to its device and gives it the other's name and permissions; the other's seal is gone then.
     *
     * @param sealed whether it gets a seal
     */
    public void publish(boolean sealed) throws IOException {
        file.sync();
        if (sealed) {
            try (var sealing = new Sealing(0); var _ = file.seal(sealing)) {
                file.publish();
            }
        } else {
            file.publish();
        }
    }

    @Override
    public void close() throws IOException {
        try (file) {
            channel.close();
        }
    }
}
