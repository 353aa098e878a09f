package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One monitor of a guest: owns its listening socket and the connection of the client whose turn it is. The next client
 * waits in the backlog until that one has gone.
 */
public final class QmpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QmpServer.class);
    private static final long LAST_WORDS_MILLIS = 1000;

    private final MonitorSocket socket;
    private final UnixServerChannel channel;
    /** Whether the socket file is cleared away with it. */
    private volatile boolean ownsFile;
    private volatile @Nullable QmpSession session;

    private QmpServer(EventLoopGroup loop, MonitorSocket socket, boolean ownsFile) throws IOException {
        this.socket = socket;
        this.ownsFile = ownsFile;
        this.channel = new UnixServerChannel(socket.listening());
        var registered = loop.register(channel).awaitUninterruptibly();
        if (!registered.isSuccess()) {
            removeFile();
            socket.listening().close();
            throw new IOException("cannot watch " + socket + ": " + registered.cause().getMessage(),
                    registered.cause());
        }
    }

    /**
     * Listens on a unix socket, so that clients can connect; {@link #serve} greets them. A socket file that nobody
     * answers is replaced.
     *
     * @param mode permission bits of the socket file
     * @throws IOException with a sentence for the user, when somebody answers there or the kernel refuses
     */
    public static QmpServer listen(EventLoopGroup loop, Path path, int mode) throws IOException {
        return new QmpServer(loop, MonitorSocket.bind(path, mode), true);
    }

    /** Takes over an inherited socket that listens already: socket activation. */
    public static QmpServer adopt(EventLoopGroup loop, int listeningDescriptor) throws IOException {
        return new QmpServer(loop, MonitorSocket.adopt(Fd.adopt(listeningDescriptor), Optional.empty()), true);
    }

    /**
     * Takes over, together with its file, a socket at which another process of the same daemon listens, and goes on to until
     * this one is to {@link #serve}: clients wait in the backlog that both have. Takes ownership of the descriptor.
     */
    @SuppressWarnings("exports") // Fd is exported to this module only, as is this package to nobody.
    public static QmpServer takeOver(EventLoopGroup loop, Optional<Path> path, Fd listening) throws IOException {
        return new QmpServer(loop, MonitorSocket.adopt(listening, path), false);
    }

    /** The socket, lent: another process may listen at it, too. */
    @SuppressWarnings("exports") // As above.
    public Fd listening() {
        return socket.listening();
    }

    /** Accepts nobody any more; socket and file are another process's. The session goes on until this is closed. */
    public void leave() {
        ownsFile = false;
        channel.close().awaitUninterruptibly();
    }

    private void removeFile() {
        if (ownsFile) {
            socket.removeFile();
        }
    }

    /** Starts to greet clients and to carry out their commands. Once only. */
    public void serve(GuestMonitors monitors, CommandSet commands, Admission admission) {
        ownsFile = true;
        channel.pipeline().addLast(new Turns(monitors, commands, admission));
        channel.read();
    }

    /** Stops listening, removes the socket file, gives the client a moment to read its last replies. Idempotent. */
    @Override
    public void close() {
        removeFile(); // before nobody listens: a successor must not take the file for stale and lose its own
        channel.close().awaitUninterruptibly();
        QmpSession last = session;
        if (last != null) {
            last.finish();
            if (!last.closed().awaitUninterruptibly(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)) {
                last.drop("it does not read its last replies");
                last.closed().awaitUninterruptibly();
            }
        }
    }

    private final class Turns extends ChannelInboundHandlerAdapter {
        private final GuestMonitors monitors;
        private final CommandSet commands;
        private final Admission admission;

        Turns(GuestMonitors monitors, CommandSet commands, Admission admission) {
            this.monitors = monitors;
            this.commands = commands;
            this.admission = admission;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var client = (UnixStreamChannel) message;
            var peer = client.peer();
            client.pipeline().addLast(admission.admits(peer) ? session(client) : new TurnedAway(peer));
            client.closeFuture().addListener(gone -> context.read());
            context.channel().eventLoop().register(client).addListener(registered -> {
                if (!registered.isSuccess()) {
                    client.unsafe().closeForcibly();
                }
            });
        }

        private QmpSession session(Channel client) {
            var next = new QmpSession(client, monitors, commands);
            session = next;
            return next;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("{}: no client accepted: {}", socket, cause.getMessage());
            var _ = context.executor().schedule(context::read, 1, TimeUnit.SECONDS);
        }
    }
}
