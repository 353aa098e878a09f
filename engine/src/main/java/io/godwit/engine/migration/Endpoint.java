package io.godwit.engine.migration;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.tls.TlsPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The other end of a migration: where a source connects or writes to, where a destination listens or reads from. */
public sealed interface Endpoint {

    /** A TCP address. A destination may listen on port 0 and finds a free one. */
    record Tcp(String host, int port) implements Endpoint {}

    /** A unix stream socket in the file system. */
    record Unix(Path path) implements Endpoint {}

    /** A command whose standard input (source) or output (destination) is the channel. Run as it is, without a shell. */
    record Exec(List<String> command) implements Endpoint {
        public Exec {
            command = List.copyOf(command);
        }
    }

    /** A file, from {@code offset} bytes on. What lies before the offset stays as it is. */
    record File(Path path, long offset) implements Endpoint {}

    /** A socket, {@link Tcp} or {@link Unix}, and how each connection there is secured. */
    record Secured(Endpoint over, TlsPolicy policy) implements Endpoint {
        @Override
        public String toString() {
            return over + " by TLS";
        }
    }

    /**
     * A descriptor that somebody passed: a named one or an inherited one, used as it stands, or one of a descriptor set,
     * which is a file and used from {@code fileOffset} on like one.
     */
    record Descriptor(Source source, OptionalLong fileOffset) implements Endpoint {

        /** Gives the descriptor when the migration starts, for writing (a source) or reading; the caller owns it then. */
        @FunctionalInterface
        @SuppressWarnings("exports") // Fd is exported to the daemon, the only module that passes descriptors.
        public interface Source {
            /**
             * Takes it once.
             *
             * @throws IOException with the text for the client, when there is none that fits
             */
            Fd take(boolean forWriting) throws IOException;
        }
    }
}
