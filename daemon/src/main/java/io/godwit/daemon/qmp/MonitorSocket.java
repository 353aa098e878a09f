package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening socket and the file that names it; an inherited one has none that is ours. */
record MonitorSocket(Fd listening, Optional<Path> file) {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorSocket.class);
    private static final int BACKLOG = 64;

    static MonitorSocket bind(Path path, int mode) throws IOException {
        var address = new StreamAddress.Unix(path);
        if (StreamSocket.removeStale(address)) {
            LOG.info("Replaced the socket file '{}' that nobody listened at", path);
        }
        try {
            return new MonitorSocket(StreamSocket.listen(address, BACKLOG, mode), Optional.of(path));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EADDRINUSE) {
                throw new IOException("monitor socket '" + path
                        + "' is in use: another process answers there, or the file is no socket", e);
            }
            throw e;
        }
    }

    /** Takes ownership of a socket that listens already, and of its file if that is known. */
    static MonitorSocket adopt(Fd listening, Optional<Path> file) throws IOException {
        try {
            if (!StreamSocket.isListening(listening)) {
                throw new IOException("descriptor " + listening.number() + " does not listen");
            }
            listening.setNonBlocking(true);
            return new MonitorSocket(listening, file);
        } catch (IOException e) {
            listening.close();
            throw new IOException("cannot serve a monitor on an inherited descriptor: " + e.getMessage(), e);
        }
    }

    /** Idempotent. */
    void removeFile() {
        file.ifPresent(path -> {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                LOG.warn("The socket file '{}' is left behind: {}", path, e.getMessage());
            }
        });
    }

    @Override
    public String toString() {
        return file.map(path -> "monitor socket '" + path + "'").orElse("inherited monitor socket");
    }
}
