package io.godwit.engine.guest.kvm;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A serial line for whoever connects to a unix socket; the last to do so has it. Owns socket, file, and one thread. */
final class UnixSerialLine implements SerialLine {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSerialLine.class);

    private final Path path;
    private final ServerSocketChannel server;
    private final Selector selector;
    private final Thread thread;
    private final ByteBuffer input = ByteBuffer.allocateDirect(256);
    // Guarded by this.
    private final ByteBuffer output = ByteBuffer.allocateDirect(1);
    private @Nullable SocketChannel client;
    private boolean closed;
    private IntConsumer receiver = value -> {};

    private UnixSerialLine(Path path, ServerSocketChannel server, Selector selector) {
        this.path = path;
        this.server = server;
        this.selector = selector;
        thread = Thread.ofPlatform().daemon().name("serial").start(this::serve);
    }

    /**
     * Listens at {@code path}, for the owner alone (mode 0600). A file that nobody listens behind is replaced.
     *
     * @throws IOException also when somebody listens there
     */
    static UnixSerialLine listen(Path path) throws IOException {
        refuseLive(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            bind(server, path);
            server.configureBlocking(false);
            Selector selector = Selector.open();
            server.register(selector, SelectionKey.OP_ACCEPT);
            return new UnixSerialLine(path, server, selector);
        } catch (Throwable t) {
            server.close();
            throw t;
        }
    }

    private static void refuseLive(Path path) throws IOException {
        boolean live;
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            live = probe.isConnected();
        } catch (IOException e) {
            live = false; // no file, or nobody behind it: what bind makes of it is told there
        }
        if (live) {
            throw new IOException("serial line: '" + path + "': somebody listens there already");
        }
        if (Files.exists(path) && (Files.isRegularFile(path) || Files.isDirectory(path))) {
            throw new IOException("serial line: '" + path + "' is no socket");
        }
    }

    /** Binds where only we can go, then moves the socket to its place: nobody meets it before its mode is right. */
    private static void bind(ServerSocketChannel server, Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        Path nursery = Files.createTempDirectory(parent, ".gw",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            Path socket = nursery.resolve("s");
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            Files.move(socket, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(nursery.resolve("s"));
            Files.delete(nursery);
        }
    }

    @Override
    public synchronized void send(int value) {
        SocketChannel peer = client;
        if (peer != null) {
            output.clear().put((byte) value).flip();
            try {
                int ignored = peer.write(output); // 0 when the peer does not read: dropped
            } catch (IOException e) {
                drop(peer);
            }
        }
    }

    @Override
    public synchronized void onInput(IntConsumer consumer) {
        receiver = consumer;
    }

    private void serve() {
        try {
            while (!isClosed()) {
                selector.select(this::ready);
            }
        } catch (IOException e) {
            LOG.warn("serial line at '{}' ends: {}", path, e.getMessage());
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else {
                read((SocketChannel) key.channel());
            }
        } catch (IOException e) {
            LOG.warn("serial line at '{}': {}", path, e.getMessage());
        }
    }

    private void accept() throws IOException {
        SocketChannel peer = server.accept();
        if (peer == null) {
            return;
        }
        try {
            peer.configureBlocking(false);
            peer.register(selector, SelectionKey.OP_READ);
        } catch (IOException e) {
            peer.close();
            throw e;
        }
        SocketChannel before = replaceClient(peer);
        if (before != null) {
            before.close();
        }
    }

    private synchronized @Nullable SocketChannel replaceClient(@Nullable SocketChannel peer) {
        SocketChannel before = client;
        client = peer;
        return before;
    }

    private void read(SocketChannel peer) throws IOException {
        input.clear();
        int count;
        try {
            count = peer.read(input);
        } catch (IOException e) {
            count = -1; // a peer that goes away rudely
        }
        if (count < 0) {
            drop(peer);
            return;
        }
        IntConsumer consumer = receiver();
        for (int i = 0; i < count; i++) {
            consumer.accept(Byte.toUnsignedInt(input.get(i)));
        }
    }

    private synchronized IntConsumer receiver() {
        return receiver;
    }

    private synchronized void drop(SocketChannel peer) {
        if (peer.equals(client)) {
            client = null;
        }
        try {
            peer.close();
        } catch (IOException e) {
            LOG.debug("serial line: close of a client: {}", e.getMessage());
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        selector.wakeup();
        try {
            thread.join();
            SocketChannel last = replaceClient(null);
            if (last != null) {
                last.close();
            }
            server.close();
            selector.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("serial line at '{}': close: {}", path, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
