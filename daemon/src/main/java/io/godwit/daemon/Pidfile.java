package io.godwit.daemon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the file that holds this process's id, locked while the process lives, so that a second daemon cannot take it and a
 * file left by a killed one can be.
 */
final class Pidfile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pidfile.class);

    private final Path path;
    private final FileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    Pidfile(Path path) throws IOException {
        this.path = path;
        try {
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("Cannot write the pidfile " + path + ": " + e.getMessage(), e);
        }
        try {
            if (channel.tryLock() == null) {
                throw new IOException("The pidfile " + path + " belongs to another running process");
            }
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The file is another process's now. */
    void leave() {
        if (closed.compareAndSet(false, true)) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.warn("The pidfile {} could not be closed: {}", path, e.getMessage());
            }
        }
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            // Removed before it is unlocked: nobody can lock what is about to go.
            Files.deleteIfExists(path);
            channel.close();
        }
    }
}
