package io.godwit.engine.linux;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;

/** Where a stream socket is, or is to be. */
public sealed interface StreamAddress {

    /** A socket file. Its path, as bytes, is at most 107 long. */
    record Unix(Path path) implements StreamAddress {
        @Override
        public String toString() {
            return "'" + path + "'";
        }
    }

    /** A unix socket without a file: one of a pair, or a client. */
    record UnnamedUnix() implements StreamAddress {
        @Override
        public String toString() {
            return "unnamed socket";
        }
    }

    /** {@code port} 0: the kernel chooses one when it is listened at. */
    record Tcp(InetAddress address, int port) implements StreamAddress {
        public Tcp {
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("port " + port);
            }
        }

        @Override
        public String toString() {
            String host = address.getHostAddress();
            return (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
