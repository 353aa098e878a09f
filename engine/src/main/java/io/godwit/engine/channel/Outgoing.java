package io.godwit.engine.channel;

import io.godwit.engine.channel.Channel.Kind;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.tls.TlsPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Opens the source's end of a channel. The texts of its exceptions are QEMU's: clients show them. */
public final class Outgoing {

    private Outgoing() {}

    /** Whether {@link #open} may have to wait for a peer. What does not is opened before the client gets its reply. */
    public static boolean waitsForPeer(Endpoint endpoint) {
        return switch (endpoint) {
            case Endpoint.Tcp _,Endpoint.Unix _,Endpoint.Secured _ -> true;
            case Endpoint.Exec _,Endpoint.File _,Endpoint.Descriptor _ -> false;
        };
    }

    /** Connects, opens or starts what {@code endpoint} says. */
    public static Channel open(Endpoint endpoint, Abort abort) throws IOException {
        return switch (endpoint) {
            case Endpoint.Tcp tcp -> new Channel(connect(tcp, abort), Kind.SOCKET, abort);
            case Endpoint.Unix unix -> new Channel(connect(unix.path(), abort), Kind.SOCKET, abort);
            case Endpoint.Exec exec -> new Channel(Command.startReading(exec.command()), Kind.COMMAND, abort);
            case Endpoint.File file -> new Channel(NewFile.create(file.path(), file.offset()), abort);
            case Endpoint.Descriptor descriptor -> ofDescriptor(descriptor, abort);
            case Endpoint.Secured(var over, var policy) -> secured(open(over, abort), policy);
        };
    }

    private static Channel secured(Channel channel, TlsPolicy policy) throws IOException {
        try {
            channel.secure(Optional.of(policy));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Fd connect(Endpoint.Tcp tcp, Abort abort) throws IOException {
        String where = tcp.host() + ":" + tcp.port();
        return connect(SocketAddresses.resolve(tcp), where, abort);
    }

    private static Fd connect(Path path, Abort abort) throws IOException {
        return connect(SocketAddresses.of(path), path.toString(), abort);
    }

    private static Fd connect(StreamAddress address, String where, Abort abort) throws IOException {
        try (Poll poll = abort.poll()) {
            return StreamSocket.connect(address, poll);
        } catch (ErrnoException e) {
            abort.check();
            throw new IOException("Failed to connect to '" + where + "': " + e.errno().text(), e);
        }
    }

    private static Channel ofDescriptor(Endpoint.Descriptor descriptor, Abort abort) throws IOException {
        Fd fd = descriptor.source().take(true);
        if (descriptor.fileOffset().isPresent()) {
            ImageFile.positionedForWriting(fd, descriptor.fileOffset().getAsLong());
        }
        return new Channel(fd, kindOf(fd), abort);
    }

    private static Kind kindOf(Fd fd) throws IOException {
        try {
            return Kind.of(fd.kind());
        } catch (IOException e) {
            fd.close();
            throw e;
        }
    }
}
