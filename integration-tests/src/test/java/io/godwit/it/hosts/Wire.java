package io.godwit.it.hosts;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The network between two hosts, which the test spoils: whoever connects to {@link #uri} talks to the far host, as slowly, as
 * late or as little as the test wishes. What has been taken and not yet delivered is bounded, as it is in a router. Owns a
 * listening socket, the connections through it, and their threads.
 */
final class Wire implements AutoCloseable {
    private static final int PIECE_BYTES = 64 << 10;
    private static final int PIECES_UNDER_WAY = 32;
    private static final Duration GLANCE = Duration.ofMillis(1);

    private final ServerSocketChannel server;
    private final InetSocketAddress far;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong carried = new AtomicLong();
    private volatile Duration delay = Duration.ZERO;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile boolean silent;
    private volatile boolean down;

    private Wire(ServerSocketChannel server, InetSocketAddress far) {
        this.server = server;
        this.far = far;
        thread("wire-accept", this::acceptAll);
    }

    /** From an address of this host, which the near one can reach, to the far one. */
    static Wire between(String gateway, Host farHost) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.bind(new InetSocketAddress(gateway, 0));
            return new Wire(server, new InetSocketAddress(farHost.address(), Host.PORT));
        } catch (IOException | RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    String uri() throws IOException {
        var local = (InetSocketAddress) server.getLocalAddress();
        return "tcp:" + local.getHostString() + ":" + local.getPort();
    }

    /** How long a byte is under way, in either direction; as for all of these, from now on. */
    void delay(Duration each) {
        delay = each;
    }

    /** How much it carries, in either direction of each connection. */
    void throttle(long most) {
        bytesPerSecond = most;
    }

    /** Nothing arrives any more, and nobody is told. */
    void fallSilent() {
        silent = true;
    }

    /** Connections are reset, and new ones as soon as they are made. */
    void cut() {
        down = true;
        connections.forEach(Connection::reset);
    }

    /** Whole, fast and prompt again. */
    void mend() {
        delay = Duration.ZERO;
        bytesPerSecond = Long.MAX_VALUE;
        silent = false;
        down = false;
    }

    /** Bytes that have arrived at the far host. */
    long carried() {
        return carried.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }

    private void acceptAll() {
        try {
            while (true) {
                SocketChannel near = server.accept();
                try {
                    var connection = new Connection(near, SocketChannel.open(far));
                    connections.add(connection);
                    connection.start();
                    if (down) {
                        connection.reset();
                    }
                } catch (IOException nobodyThere) {
                    near.close();
                }
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private static void thread(String name, Runnable work) {
        Thread.ofPlatform().daemon().name(name).start(work);
    }

    /** Empty at the end of what one side sends. */
    private record Piece(ByteBuffer bytes, long dueNanos) {}

    private final class Connection {
        private final SocketChannel near;
        private final SocketChannel far;
        private final AtomicInteger directions = new AtomicInteger(2);
        private volatile boolean over;

        Connection(SocketChannel near, SocketChannel far) {
            this.near = near;
            this.far = far;
        }

        void start() {
            carry(near, far, "there");
            carry(far, near, "back");
        }

        private void carry(SocketChannel from, SocketChannel to, String way) {
            var underWay = new ArrayBlockingQueue<Piece>(PIECES_UNDER_WAY);
            thread("wire-from-" + way, () -> take(from, underWay));
            thread("wire-to-" + way, () -> deliver(underWay, to));
        }

        private void take(SocketChannel from, BlockingQueue<Piece> underWay) {
            try {
                int count;
                do {
                    ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES);
                    count = from.read(bytes);
                    var piece = new Piece(bytes.flip(), System.nanoTime() + delay.toNanos());
                    while (!over && !underWay.offer(piece, GLANCE.toMillis(), TimeUnit.MILLISECONDS)) {
                        // Full: whoever sends waits.
                    }
                } while (!over && count > 0);
            } catch (IOException e) {
                waitUntil(System.nanoTime()); // in silence nobody hears of it
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void deliver(BlockingQueue<Piece> underWay, SocketChannel to) {
            try {
                long freeAt = System.nanoTime();
                while (!over) {
                    Piece piece = underWay.poll(GLANCE.toMillis(), TimeUnit.MILLISECONDS);
                    if (piece == null) {
                        continue;
                    }
                    waitUntil(Math.max(piece.dueNanos(), freeAt));
                    if (!piece.bytes().hasRemaining()) {
                        to.shutdownOutput();
                        endDirection();
                        return;
                    }
                    freeAt = System.nanoTime() + nanosFor(piece.bytes().remaining());
                    write(piece.bytes(), to);
                }
            } catch (IOException e) {
                waitUntil(System.nanoTime()); // in silence nobody hears of it
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void waitUntil(long nanos) {
            while (!over && (silent || System.nanoTime() - nanos < 0)) {
                LockSupport.parkNanos(GLANCE.toNanos());
            }
        }

        private void write(ByteBuffer bytes, SocketChannel to) throws IOException {
            int count = bytes.remaining();
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
            if (to.equals(far)) {
                carried.addAndGet(count);
            }
        }

        private void endDirection() throws IOException {
            if (directions.decrementAndGet() == 0) {
                over = true;
                connections.remove(this);
                near.close();
                far.close();
            }
        }

        void reset() {
            over = true;
            connections.remove(this);
            for (SocketChannel side : new SocketChannel[]{near, far}) {
                try {
                    side.setOption(StandardSocketOptions.SO_LINGER, 0);
                    side.close();
                } catch (IOException alreadyClosed) {
                    // By the other of its threads.
                }
            }
        }
    }

    private long nanosFor(int bytes) {
        return (long) (bytes * 1e9 / bytesPerSecond);
    }
}
