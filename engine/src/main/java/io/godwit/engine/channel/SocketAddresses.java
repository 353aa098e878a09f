package io.godwit.engine.channel;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** From an endpoint's words to a socket's address and back. */
final class SocketAddresses {
    /** sun_path of sockaddr_un, less the final NUL. */
    private static final int MAX_PATH_BYTES = 107;

    private SocketAddresses() {}

    static StreamAddress of(Path path) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException("UNIX socket path '" + path + "' is too long");
        }
        return new StreamAddress.Unix(path);
    }

    static StreamAddress resolve(Endpoint.Tcp tcp) throws IOException {
        try {
            return new StreamAddress.Tcp(InetAddress.getByName(tcp.host()), tcp.port());
        } catch (UnknownHostException e) {
            throw new IOException(
                    "address resolution failed for " + tcp.host() + ":" + tcp.port() + ": Name or service not known",
                    e);
        }
    }

    static ListeningAddress listening(Fd socket) throws IOException {
        return switch (StreamSocket.localAddress(socket)) {
            case StreamAddress.Tcp(InetAddress address, int port) ->
                new ListeningAddress.Inet(address.getHostAddress(), port);
            case StreamAddress.Unix(Path path) -> new ListeningAddress.Unix(path.toString());
            case StreamAddress.UnnamedUnix _ -> new ListeningAddress.Unix("");
        };
    }
}
