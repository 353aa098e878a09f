package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sidecar;
import io.godwit.engine.tls.TlsPolicy;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The destination's end of a channel before a source has come: a listening socket, or something that can be read at once.
 * Owns what it holds until {@link #accept} gives it away.
 */
public sealed interface Incoming extends AutoCloseable permits Listening, Ready {

    /** A source with multifd connects up to 17 times at once. */
    int BACKLOG = 17;

    /**
     * Waits for a source and gives its channels, in the order in which they come. Once; what was accepted is closed when it
     * fails.
     *
     * @param count how many connections the source makes at once
     */
    List<Channel> accept(Abort abort, int count) throws IOException;

    /** Waits for one more connection of a source whose first one, {@code main}, must not be lost meanwhile. */
    Channel acceptAnother(Abort abort, Channel main) throws IOException;

    /** No more connections are expected: gives up the address. Idempotent. */
    void stopListening();

    /** Where it listens; empty when it does not. */
    List<ListeningAddress> addresses();

    @Override
    void close();

    /** Binds, opens or starts what {@code endpoint} says. The texts of the exceptions are QEMU's. */
    static Incoming open(Endpoint endpoint) throws IOException {
        return switch (endpoint) {
            case Endpoint.Tcp tcp -> listen(tcp, Optional.empty());
            case Endpoint.Unix unix -> listen(unix.path(), Optional.empty());
            case Endpoint.Exec exec -> new Ready(Command.startWriting(exec.command()), Kind.COMMAND, null);
            case Endpoint.File file -> open(file);
            case Endpoint.Descriptor descriptor -> ofDescriptor(descriptor);
            case Endpoint.Secured(Endpoint.Tcp tcp, var policy) -> listen(tcp, Optional.of(policy));
            case Endpoint.Secured(Endpoint.Unix unix, var policy) -> listen(unix.path(), Optional.of(policy));
            case Endpoint.Secured(var over, var _) -> throw new IOException("TLS is for sockets, got " + over);
        };
    }

    private static Incoming listen(Endpoint.Tcp tcp, Optional<TlsPolicy> policy) throws IOException {
        try {
            Fd socket = StreamSocket.listen(SocketAddresses.resolve(tcp), BACKLOG, StreamSocket.OWNER_ONLY);
            return new Listening(socket, List.of(SocketAddresses.listening(socket)), null, policy);
        } catch (ErrnoException e) {
            String what = e.errno() == Errno.EADDRINUSE
                    ? "Failed to find an available port: "
                    : "Failed to bind socket: ";
            throw new IOException(what + e.errno().text(), e);
        }
    }

    private static Incoming listen(Path path, Optional<TlsPolicy> policy) throws IOException {
        StreamAddress address = SocketAddresses.of(path);
        try {
            if (isSocket(path)) {
                Files.delete(path); // as QEMU does: the last one to be told to listen here has it
            }
            Fd socket = StreamSocket.listen(address, BACKLOG, StreamSocket.OWNER_ONLY);
            return new Listening(socket, List.of(new ListeningAddress.Unix(path.toString())), path, policy);
        } catch (ErrnoException e) {
            throw new IOException("Failed to bind socket to " + path + ": " + e.errno().text(), e);
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther();
    }

    private static Incoming open(Endpoint.File file) throws IOException {
        try {
            Fd fd = Fd.open(file.path(), Set.of(OpenFlag.READ), 0);
            return sealed(file, ImageFile.positionedForReading(fd, file.offset()));
        } catch (ErrnoException e) {
            throw new IOException("Could not open '" + file.path() + "': " + e.errno().text(), e);
        }
    }

    /** Takes ownership of {@code fd}, also when it fails. */
    private static Incoming sealed(Endpoint.File file, Fd fd) throws IOException {
        try {
            Optional<Seal> seal = Sidecar.read(file.path(), fd);
            if (seal.isPresent()) {
                seal.get().expectStart(file.offset());
            }
            return new Ready(fd, Kind.FILE, seal.orElse(null));
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static Incoming ofDescriptor(Endpoint.Descriptor descriptor) throws IOException {
        Fd fd = descriptor.source().take(false);
        if (descriptor.fileOffset().isPresent()) {
            ImageFile.positionedForReading(fd, descriptor.fileOffset().getAsLong());
        }
        return new Ready(fd, Kind.of(fd.kind()), null);
    }
}
