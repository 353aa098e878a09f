package io.godwit.daemon.command;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.InetOptions;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** From what a client names as a migration's other end to an endpoint of the engine. */
final class MigrationAddresses {
    private static final int FIRST_INHERITABLE = 3;

    private final DescriptorTable descriptors;

    MigrationAddresses(DescriptorTable descriptors) {
        this.descriptors = descriptors;
    }

    /** Where a source connects to or writes to. Nothing is opened or taken before the migration starts. */
    Endpoint outgoing(MigrationAddress address) throws QmpException {
        return endpoint(address, name -> forWriting -> named(name));
    }

    /** Where a destination listens or reads from; a bare number is a descriptor that the process inherited. */
    Endpoint incoming(MigrationAddress address) throws QmpException {
        return endpoint(address, name -> forWriting -> Character.isDigit(name.charAt(0))
                ? inherited(name)
                : named(name));
    }

    private interface NamedSource {
        Endpoint.Descriptor.Source of(String name);
    }

    private Endpoint endpoint(MigrationAddress address, NamedSource named) throws QmpException {
        return switch (address) {
            case MigrationAddress.Inet inet -> tcp(inet);
            case MigrationAddress.UnixPath unix -> unix(unix);
            case MigrationAddress.FdName(var name) -> new Endpoint.Descriptor(named.of(name), OptionalLong.empty());
            case MigrationAddress.Exec(var command) -> new Endpoint.Exec(command);
            case MigrationAddress.FilePath(var filename, var offset) when filename
                    .startsWith(DescriptorTable.FDSET) ->
                new Endpoint.Descriptor(forWriting -> descriptors.open(filename, forWriting),
                        OptionalLong.of(offset));
            case MigrationAddress.FilePath(var filename, var offset) -> new Endpoint.File(path(filename), offset);
            case MigrationAddress.Vsock _ -> throw NotBuiltYet.transport("vsock");
            case MigrationAddress.Rdma _ -> throw NotBuiltYet.transport("rdma");
        };
    }

    private static Endpoint tcp(MigrationAddress.Inet inet) throws QmpException {
        InetOptions options = inet.options();
        boolean plain = options.to().isEmpty() && options.ipv4().isEmpty() && options.ipv6().isEmpty()
                && options.keepAlive().isEmpty() && options.mptcp().isEmpty();
        if (!plain) {
            throw NotBuiltYet.addressOption("to, ipv4, ipv6, keep-alive and mptcp of a TCP address");
        }
        return new Endpoint.Tcp(inet.host(), port(inet.host(), inet.port()));
    }

    private static Endpoint unix(MigrationAddress.UnixPath unix) throws QmpException {
        if (unix.abstractName()) {
            throw NotBuiltYet.addressOption("abstract of a unix address");
        }
        return new Endpoint.Unix(path(unix.path()));
    }

    private static int port(String host, String port) throws QmpException {
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new QmpException("address resolution failed for " + host + ":" + port
                    + ": port is no number from 0 to 65535");
        }
        return Integer.parseInt(port);
    }

    static Path path(String path) throws QmpException {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new QmpException("'" + path + "' is no path: " + e.getReason());
        }
    }

    private Fd named(String name) throws IOException {
        return descriptors.takeNamed(name)
                .orElseThrow(() -> new IOException("File descriptor named '" + name + "' has not been found"));
    }

    /** Only kinds that a stream can come from, so that none of the process's own machinery is taken for one. */
    private static Fd inherited(String number) throws IOException {
        if (!number.matches("[0-9]{1,6}") || Integer.parseInt(number) < FIRST_INHERITABLE) {
            throw new IOException("Invalid file descriptor number '" + number + "'");
        }
        Fd descriptor = Fd.adopt(Integer.parseInt(number));
        FileKind kind = descriptor.kind();
        return switch (kind) {
            case SOCKET, FIFO, REGULAR, CHARACTER_DEVICE -> descriptor;
            case DIRECTORY, BLOCK_DEVICE, ANONYMOUS_INODE ->
                throw new IOException("File descriptor " + number + " is a " + kind
                        + ", expected a socket, a pipe or a file");
        };
    }
}
