package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.godwit.engine.linux.ffi.Socket;
import io.godwit.engine.linux.ffi.Stat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Makes stream sockets, unix and TCP, and asks and sets what only sockets have. All are close-on-exec. */
public final class StreamSocket {
    /** The permissions of a socket file unless told otherwise: its owner's only. */
    public static final int OWNER_ONLY = 0600;

    private static final int TYPE = Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC;
    private static final long BACKLOG_RETRY_MILLIS = 10;

    /** Which half of a connection to end. */
    public enum Half {
        READ(Socket.SHUT_RD),
        WRITE(Socket.SHUT_WR),
        BOTH(Socket.SHUT_RDWR);

        private final int how;

        Half(int how) {
            this.how = how;
        }
    }

    private StreamSocket() {}

    /**
     * A connected, blocking socket. Waits as long as the kernel does, or until {@code poll}'s event is signalled: that is
     * {@link Errno#ECANCELED}.
     */
    public static Fd connect(StreamAddress address, Poll poll) throws IOException {
        return connect(address, poll, Poll.FOREVER);
    }

    /** As {@link #connect(StreamAddress, Poll)}, but for {@code timeoutMillis} at most: then {@link Errno#ETIMEDOUT}. */
    public static Fd connect(StreamAddress address, Poll poll, long timeoutMillis) throws IOException {
        long start = System.nanoTime();
        Fd socket = open(address);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = Sockaddr.encode(address, arena);
            int result = Socket.connect(socket.number(), sockaddr, (int) sockaddr.byteSize());
            while (Errno.ofResult(result) == Errno.EAGAIN) { // a unix listener's backlog is full, which poll does not tell
                notAborted(poll.awaitAbort(BACKLOG_RETRY_MILLIS), address);
                if (timeoutMillis >= 0 && System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(timeoutMillis)) {
                    throw new ErrnoException("connect to " + address, Errno.ETIMEDOUT.result());
                }
                result = Socket.connect(socket.number(), sockaddr, (int) sockaddr.byteSize());
            }
            if (result < 0 && Errno.ofResult(result) == Errno.EINPROGRESS) {
                Poll.Outcome outcome = poll.awaitWritable(socket, timeoutMillis);
                notAborted(outcome, address);
                result = outcome == Poll.Outcome.TIMED_OUT
                        ? Errno.ETIMEDOUT.result()
                        : -option(socket, Socket.SOL_SOCKET, Socket.SO_ERROR);
            }
            ErrnoException.check(result, "connect to " + address);
            socket.setNonBlocking(false);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static void notAborted(Poll.Outcome outcome, StreamAddress address) throws ErrnoException {
        if (outcome == Poll.Outcome.ABORTED) {
            throw new ErrnoException("connect to " + address, Errno.ECANCELED.result());
        }
    }

    /**
     * A listening, non-blocking socket. A socket file gets the permissions {@code mode} (TCP ignores it) before anybody can
     * connect; one that is there already is {@link Errno#EADDRINUSE}. It stays when the socket is closed.
     */
    public static Fd listen(StreamAddress address, int backlog, int mode) throws IOException {
        Fd socket = open(address);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = Sockaddr.encode(address, arena);
            switch (address) {
                // The file that bind makes takes over the socket's own mode, less the umask.
                case StreamAddress.Unix _,StreamAddress.UnnamedUnix _ ->
                    ErrnoException.check(Stat.fchmod(socket.number(), mode), "set permissions of " + address);
                case StreamAddress.Tcp _ -> setOption(socket, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            }
            ErrnoException.check(Socket.bind(socket.number(), sockaddr, (int) sockaddr.byteSize()),
                    "bind to " + address);
            if (address instanceof StreamAddress.Unix(var path)) {
                ErrnoException.check(Stat.chmod(arena.allocateFrom(path.toString()), mode),
                        "set permissions of " + address);
            }
            ErrnoException.check(Socket.listen(socket.number(), backlog), "listen at " + address);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static Fd open(StreamAddress address) throws ErrnoException {
        return Fd.adopt(ErrnoException.check(
                Socket.socket(Sockaddr.family(address), TYPE | Socket.SOCK_NONBLOCK, 0),
                "create a socket for " + address));
    }

    /** The next connection, blocking. {@link Errno#ECANCELED} when {@code poll}'s event is signalled first. */
    public static Fd accept(Fd listener, Poll poll) throws IOException {
        return accept(listener, poll, List.of());
    }

    /** As {@link #accept(Fd, Poll)}; {@link Errno#ECONNRESET} when one of the {@code earlier} ones is lost meanwhile. */
    public static Fd accept(Fd listener, Poll poll, List<Fd> earlier) throws IOException {
        while (true) {
            Poll.Outcome outcome = poll.awaitReadable(listener, earlier);
            if (outcome == Poll.Outcome.ABORTED) {
                throw new ErrnoException("accept on " + listener, Errno.ECANCELED.result());
            }
            if (outcome == Poll.Outcome.LOST) {
                throw new ErrnoException("accept on " + listener, Errno.ECONNRESET.result());
            }
            Optional<Fd> connection = accept(listener, 0);
            if (connection.isPresent()) {
                return connection.get();
            }
        }
    }

    /** A connection that waits at a non-blocking listener, if there is one; it is non-blocking too. */
    public static Optional<Fd> acceptNow(Fd listener) throws IOException {
        return accept(listener, Socket.SOCK_NONBLOCK);
    }

    private static Optional<Fd> accept(Fd listener, int flags) throws ErrnoException {
        while (true) {
            int result = Socket.accept4(listener.number(), Socket.SOCK_CLOEXEC | flags);
            if (result >= 0) {
                return Optional.of(Fd.adopt(result));
            }
            switch (Errno.ofResult(result)) {
                case EAGAIN -> {
                    return Optional.empty();
                }
                case EINTR, ECONNABORTED -> {
                    // Gone before it was taken, or disturbed: look again.
                }
                default -> throw new ErrnoException("accept on " + listener, result);
            }
        }
    }

    /** Two connected, blocking unix sockets. */
    public static List<Fd> pair() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            ErrnoException.check(Socket.socketpair(Socket.AF_UNIX, TYPE, 0, ends), "create a socket pair");
            return List.of(Fd.adopt(ends.getAtIndex(JAVA_INT, 0)), Fd.adopt(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    /**
     * Removes a socket file that nobody listens at any more; returns whether it did. A file of another kind, and a socket
     * that answers, stay.
     */
    public static boolean removeStale(StreamAddress.Unix address) throws IOException {
        if (!isStale(address)) {
            return false;
        }
        return Files.deleteIfExists(address.path());
    }

    private static boolean isStale(StreamAddress.Unix address) throws IOException {
        if (!Files.exists(address.path())) {
            return false;
        }
        try (Fd probe = open(address); Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = Sockaddr.encode(address, arena);
            int result = Socket.connect(probe.number(), sockaddr, (int) sockaddr.byteSize());
            // A regular file is refused in the same way as a dead socket.
            return Errno.ofResult(result) == Errno.ECONNREFUSED
                    && Files.readAttributes(address.path(), BasicFileAttributes.class).isOther();
        }
    }

    /** Where it is bound: with the real port when the kernel chose it. */
    public static StreamAddress localAddress(Fd socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = arena.allocate(Sockaddr.MAX_BYTES, 8);
            MemorySegment length = arena.allocateFrom(JAVA_INT, (int) Sockaddr.MAX_BYTES);
            ErrnoException.check(Socket.getsockname(socket.number(), sockaddr, length), "get address of " + socket);
            return Sockaddr.decode(sockaddr, length.get(JAVA_INT, 0));
        }
    }

    /** Where its peer is. */
    public static StreamAddress peerAddress(Fd socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = arena.allocate(Sockaddr.MAX_BYTES, 8);
            MemorySegment length = arena.allocateFrom(JAVA_INT, (int) Sockaddr.MAX_BYTES);
            ErrnoException.check(Socket.getpeername(socket.number(), sockaddr, length), "get peer of " + socket);
            return Sockaddr.decode(sockaddr, length.get(JAVA_INT, 0));
        }
    }

    /** SO_PEERCRED. */
    public static PeerCredentials peerCredentials(Fd socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ucred = arena.allocate(Socket.UCRED);
            MemorySegment length = arena.allocateFrom(JAVA_INT, (int) ucred.byteSize());
            ErrnoException.check(
                    Socket.getsockopt(socket.number(), Socket.SOL_SOCKET, Socket.SO_PEERCRED, ucred, length),
                    "get credentials of the peer of " + socket);
            return new PeerCredentials(ucred.getAtIndex(JAVA_INT, 0), ucred.getAtIndex(JAVA_INT, 1),
                    ucred.getAtIndex(JAVA_INT, 2));
        }
    }

    /** Ends one or both directions; who is blocked in a read of that end wakes up. Harmless where the peer has gone. */
    public static void shutdown(Fd socket, Half half) throws IOException {
        int result = Socket.shutdown(socket.number(), half.how);
        if (result < 0 && Errno.ofResult(result) != Errno.ENOTCONN) {
            throw new ErrnoException("shut down " + socket, result);
        }
    }

    /** Whether it listens (and so cannot carry a stream). */
    public static boolean isListening(Fd socket) throws IOException {
        return option(socket, Socket.SOL_SOCKET, Socket.SO_ACCEPTCONN) != 0;
    }

    /** Asks for a send buffer of {@code bytes}; beyond the system's limit if the process may, else up to it. */
    public static void setSendBuffer(Fd socket, int bytes) throws IOException {
        setBuffer(socket, Socket.SO_SNDBUFFORCE, Socket.SO_SNDBUF, bytes);
    }

    /** As {@link #setSendBuffer}, for receiving. */
    public static void setReceiveBuffer(Fd socket, int bytes) throws IOException {
        setBuffer(socket, Socket.SO_RCVBUFFORCE, Socket.SO_RCVBUF, bytes);
    }

    /** As the kernel counts, which is twice what was asked for: its own structures are in it. */
    public static int sendBuffer(Fd socket) throws IOException {
        return option(socket, Socket.SOL_SOCKET, Socket.SO_SNDBUF);
    }

    /** As {@link #sendBuffer}. */
    public static int receiveBuffer(Fd socket) throws IOException {
        return option(socket, Socket.SOL_SOCKET, Socket.SO_RCVBUF);
    }

    /** Whether small writes go out at once. TCP only. */
    public static void setNoDelay(Fd socket, boolean on) throws IOException {
        setOption(socket, Socket.IPPROTO_TCP, Socket.TCP_NODELAY, on ? 1 : 0);
    }

    /** How many bytes may wait that have not been sent at all, tcp(7); those under way are not among them. TCP only. */
    public static void setNotSentLowWater(Fd socket, int bytes) throws IOException {
        setOption(socket, Socket.IPPROTO_TCP, Socket.TCP_NOTSENT_LOWAT, bytes);
    }

    private static void setBuffer(Fd socket, int force, int plain, int bytes) throws ErrnoException {
        int result = rawSetOption(socket, Socket.SOL_SOCKET, force, bytes);
        if (result < 0 && Errno.ofResult(result) == Errno.EPERM) {
            result = rawSetOption(socket, Socket.SOL_SOCKET, plain, bytes);
        }
        ErrnoException.check(result, "set buffer of " + socket + " to " + bytes + " bytes");
    }

    private static void setOption(Fd socket, int level, int name, int value) throws ErrnoException {
        ErrnoException.check(rawSetOption(socket, level, name, value), "set option " + name + " of " + socket);
    }

    private static int rawSetOption(Fd socket, int level, int name, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return Socket.setsockopt(socket.number(), level, name, arena.allocateFrom(JAVA_INT, value), Integer.BYTES);
        }
    }

    private static int option(Fd socket, int level, int name) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            ErrnoException.check(Socket.getsockopt(socket.number(), level, name, value, length),
                    "get option " + name + " of " + socket);
            return value.get(JAVA_INT, 0);
        }
    }
}
