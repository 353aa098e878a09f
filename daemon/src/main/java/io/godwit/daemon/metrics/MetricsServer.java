package io.godwit.daemon.metrics;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Owns one listening TCP socket and the thread {@code metrics-*} that serves it: a scrape never holds up a QMP monitor.
 * Requests are small, idle connections are dropped, and there are few of them.
 */
final class MetricsServer implements AutoCloseable {
    private static final int MOST_HEADER_BYTES = 8192;
    private static final int MOST_BODY_BYTES = 1024;
    private static final int BACKLOG = 128;
    private static final int IDLE_SECONDS = 60;

    private final LoopThread thread = new LoopThread("metrics");
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, thread, EpollIoHandler.newFactory());
    private final ConnectionLimit limit = new ConnectionLimit(64);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Channel listener;
    private final Fd listening;

    /** Listens, and serves at once. */
    MetricsServer(InetSocketAddress address, Map<String, Document> documents) throws IOException {
        this(listen(address), documents);
        serve();
    }

    /** Takes ownership of a socket that listens already; nobody is accepted before {@link #serve}. */
    MetricsServer(Fd listening, Map<String, Document> documents) throws IOException {
        this.listening = listening;
        int channelsOwn = listening.duplicate().number(); // given away to the channel, which closes it
        var registered = new ServerBootstrap().group(loop)
                .channelFactory(() -> new EpollServerSocketChannel(channelsOwn))
                .option(ChannelOption.AUTO_READ, false).childHandler(pipeline(documents)).register()
                .awaitUninterruptibly();
        listener = registered.channel();
        if (!registered.isSuccess()) {
            close();
            throw new IOException("Cannot serve metrics: " + registered.cause().getMessage(), registered.cause());
        }
    }

    private static Fd listen(InetSocketAddress address) throws IOException {
        String where = address.getHostString() + ":" + address.getPort();
        var resolved = new InetSocketAddress(address.getHostString(), address.getPort());
        if (resolved.isUnresolved()) {
            throw new IOException("Cannot serve metrics at " + where + ": there is no such host");
        }
        try {
            return StreamSocket.listen(new StreamAddress.Tcp(resolved.getAddress(), resolved.getPort()), BACKLOG,
                    StreamSocket.OWNER_ONLY);
        } catch (ErrnoException e) {
            throw new IOException("Cannot serve metrics at " + where + ": " + e.errno().text(), e);
        }
    }

    /** The socket, lent: another process may listen at it, too. */
    Fd listening() {
        return listening;
    }

    /** Starts to accept. */
    void serve() {
        listener.config().setAutoRead(true);
    }

    /** Accepts nobody any more; requests that are under way are answered. */
    void leave() {
        listener.close().awaitUninterruptibly();
    }

    private ChannelInitializer<SocketChannel> pipeline(Map<String, Document> documents) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(limit, new ReadTimeoutHandler(IDLE_SECONDS),
                        new HttpServerCodec(new HttpDecoderConfig().setMaxHeaderSize(MOST_HEADER_BYTES)),
                        new HttpServerKeepAliveHandler(), new HttpObjectAggregator(MOST_BODY_BYTES),
                        new ScrapeHandler(documents));
            }
        };
    }

    InetSocketAddress address() {
        if (listener.localAddress() instanceof InetSocketAddress address) {
            return address;
        }
        throw new IllegalStateException("the metrics socket is closed");
    }

    /** Idempotent; waits for the thread to end. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        listener.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        thread.join();
        listening.close();
    }
}
