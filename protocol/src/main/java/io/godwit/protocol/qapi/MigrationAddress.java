package io.godwit.protocol.qapi;

import java.util.List;

/**
 * QAPI {@code MigrationAddress}: where to, or where from, as a client says it in {@code channels}; a uri is another way to
 * write the same. Nothing here has been looked up or opened: hosts, ports and paths are text.
 */
public sealed interface MigrationAddress {

    QapiType<MigrationAddress> TYPE = MigrationAddressTypes.ADDRESS;

    /** A TCP address; the port is a number or a service's name. */
    record Inet(String host, String port, InetOptions options) implements MigrationAddress {
        public Inet(String host, String port) {
            this(host, port, InetOptions.NONE);
        }
    }

    /** A unix socket; {@code abstractName} means one without a file, {@code tight} how its name ends. */
    record UnixPath(String path, boolean abstractName, boolean tight) implements MigrationAddress {
        public UnixPath(String path) {
            this(path, false, true);
        }
    }

    /** A socket between a guest and its host. */
    record Vsock(String cid, String port) implements MigrationAddress {}

    /** A descriptor that {@code getfd} stored under this name; for a destination also the number of an inherited one. */
    record FdName(String name) implements MigrationAddress {}

    /** A program and its arguments, run without a shell. */
    record Exec(List<String> args) implements MigrationAddress {
        public Exec {
            args = List.copyOf(args);
        }
    }

    /** A file from {@code offset} bytes on; never negative. */
    record FilePath(String filename, long offset) implements MigrationAddress {

        /** An offset that is to be read unsigned. Past 2^63-1, where no file reaches, they are all the same. */
        static FilePath ofUnsigned(String filename, long offset) {
            return new FilePath(filename, offset < 0 ? Long.MAX_VALUE : offset);
        }
    }

    /** An RDMA device's address. */
    record Rdma(String host, String port, InetOptions options) implements MigrationAddress {}
}
