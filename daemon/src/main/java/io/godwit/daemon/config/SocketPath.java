package io.godwit.daemon.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The path of a unix socket: unix(7) gives it 108 bytes, the last of them NUL. */
final class SocketPath {
    private static final int MOST_BYTES = 107;

    private SocketPath() {}

    /** {@code unix:PATH}: where somebody else listens. */
    static Path parseUnix(String text) {
        if (!text.startsWith("unix:")) {
            throw new BadOption("is '" + text + "', expected unix:PATH");
        }
        return parse(text.substring(5));
    }

    static Path parse(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MOST_BYTES) {
            throw new BadOption("has a socket path of " + bytes + " bytes, expected 1 to " + MOST_BYTES);
        }
        return Path.of(text);
    }
}
