package io.godwit.daemon.command;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationChannel;
import io.godwit.protocol.qapi.MigrationUri;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** From what a client names as a migration's other end to an endpoint of the engine. */
final class MigrationAddresses {
    private static final int FIRST_INHERITABLE = 3;

    private final DescriptorTable descriptors;

    MigrationAddresses(DescriptorTable descriptors) {
        this.descriptors = descriptors;
    }

    /** The address that {@code migrate} and {@code migrate-incoming} were given in one of two forms. */
    static MigrationAddress of(Optional<String> uri, Optional<List<MigrationChannel>> channels) throws QmpException {
        if (uri.isPresent() && channels.isEmpty()) {
            return MigrationUri.parse(uri.get());
        }
        if (uri.isEmpty() && channels.isPresent() && !channels.get().isEmpty()) {
            return mainOf(channels.get());
        }
        throw refused("need either 'uri' or 'channels' argument");
    }

    private static MigrationAddress mainOf(List<MigrationChannel> channels) throws QmpException {
        if (channels.size() > 1) {
            throw refused("Channel list has more than one main entry");
        }
        return channels.getFirst().addr();
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
            case MigrationAddress.Inet(var host, var port) -> new Endpoint.Tcp(host, port(host, port));
            case MigrationAddress.UnixPath(var path) -> new Endpoint.Unix(path(path));
            case MigrationAddress.FdName(var name) -> new Endpoint.Descriptor(named.of(name), 0);
            case MigrationAddress.Exec(var command) -> exec(command);
            case MigrationAddress.FilePath(var filename, var offset) when filename
                    .startsWith(DescriptorTable.FDSET) ->
                new Endpoint.Descriptor(forWriting -> descriptors.open(filename, forWriting), offset);
            case MigrationAddress.FilePath(var filename, var offset) -> new Endpoint.File(path(filename), offset);
            case MigrationAddress.Vsock _ -> throw NotBuiltYet.transport("vsock");
            case MigrationAddress.Rdma _ -> throw NotBuiltYet.transport("rdma");
        };
    }

    private static int port(String host, String port) throws QmpException {
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw refused("address resolution failed for " + host + ":" + port
                    + ": port is no number from 0 to 65535");
        }
        return Integer.parseInt(port);
    }

    private static Path path(String path) throws QmpException {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw refused("'" + path + "' is no path: " + e.getReason());
        }
    }

    private static Endpoint exec(List<String> command) throws QmpException {
        if (command.isEmpty()) {
            throw refused("Parameter 'args' expects a command to run, got an empty list");
        }
        return new Endpoint.Exec(command);
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

    private static QmpException refused(String text) {
        return new QmpException(text);
    }
}
