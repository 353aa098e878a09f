package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The destination's end of a channel before a source has come: a listening socket, or something that can be read at once.
 * Owns what it holds until {@link #accept} gives it away.
 */
public sealed interface Incoming extends AutoCloseable {

    /** Waits for a source and gives its channel. Once. */
    Channel accept(Abort abort) throws IOException;

    /** Where it listens; empty when it does not. */
    List<ListeningAddress> addresses();

    @Override
    void close();

    /** Binds, opens or starts what {@code endpoint} says. The texts of the exceptions are QEMU's. */
    static Incoming open(Endpoint endpoint) throws IOException {
        return switch (endpoint) {
            case Endpoint.Tcp tcp -> listen(tcp);
            case Endpoint.Unix unix -> listen(unix.path());
            case Endpoint.Exec exec -> new Ready(Command.startWriting(exec.command()), Kind.COMMAND);
            case Endpoint.File file -> open(file);
            case Endpoint.Descriptor descriptor -> ofDescriptor(descriptor);
        };
    }

    private static Incoming listen(Endpoint.Tcp tcp) throws IOException {
        try {
            Fd socket = StreamSocket.listen(new InetSocketAddress(InetAddress.getByName(tcp.host()), tcp.port()), 1);
            InetSocketAddress real = StreamSocket.localAddress(socket);
            return new Listening(socket, List.of(new ListeningAddress.Inet(real.getAddress().getHostAddress(), real.getPort())), null);
        } catch (UnknownHostException e) {
            throw new IOException("address resolution failed for " + tcp.host() + ":" + tcp.port() + ": Name or service not known", e);
        } catch (ErrnoException e) {
            throw new IOException(switch (e.errno()) {
                case EADDRINUSE -> "Failed to find an available port: ";
                default -> "Failed to bind socket: ";
            } + e.errno().text(), e);
        }
    }

    private static Incoming listen(Path path) throws IOException {
        if (path.toString().length() > StreamSocket.MAX_PATH) {
            throw new IOException("UNIX socket path '" + path + "' is too long");
        }
        try {
            Files.deleteIfExists(path); // as QEMU does: the last one to be told to listen here has it
            return new Listening(StreamSocket.listen(path, 1), List.of(new ListeningAddress.Unix(path.toString())), path);
        } catch (ErrnoException e) {
            throw new IOException("Failed to bind socket to " + path + ": " + e.errno().text(), e);
        }
    }

    private static Incoming open(Endpoint.File file) throws IOException {
        try {
            Fd fd = Fd.open(file.path(), Set.of(OpenFlag.READ), 0);
            return new Ready(ImageFile.positionedForReading(fd, file.offset()), Kind.FILE);
        } catch (ErrnoException e) {
            throw new IOException("Could not open '" + file.path() + "': " + e.errno().text(), e);
        }
    }

    private static Incoming ofDescriptor(Endpoint.Descriptor descriptor) throws IOException {
        Fd fd = descriptor.source().take(false);
        if (descriptor.fileOffset().isPresent()) {
            ImageFile.positionedForReading(fd, descriptor.fileOffset().getAsLong());
        }
        return new Ready(fd, Kind.of(fd.kind()));
    }
}
