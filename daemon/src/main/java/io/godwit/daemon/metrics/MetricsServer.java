package io.godwit.daemon.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Owns one listening TCP socket and the thread {@code metrics-*} that serves it: a scrape never holds up a QMP monitor.
 * Requests are small, idle connections are dropped, and there are few of them.
 */
final class MetricsServer implements AutoCloseable {
    private static final int MOST_HEADER_BYTES = 8192;
    private static final int MOST_BODY_BYTES = 1024;
    private static final int IDLE_SECONDS = 60;

    private final LoopThread thread = new LoopThread("metrics");
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, thread, NioIoHandler.newFactory());
    private final ConnectionLimit limit = new ConnectionLimit(64);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Channel listener;

    MetricsServer(InetSocketAddress address, Supplier<String> scrape) throws IOException {
        var bound = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true).childHandler(pipeline(scrape))
                .bind(new InetSocketAddress(address.getHostString(), address.getPort())).awaitUninterruptibly();
        listener = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new IOException("Cannot serve metrics at " + address.getHostString() + ":" + address.getPort() + ": "
                    + bound.cause().getMessage(), bound.cause());
        }
    }

    private ChannelInitializer<SocketChannel> pipeline(Supplier<String> scrape) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(limit, new ReadTimeoutHandler(IDLE_SECONDS),
                        new HttpServerCodec(new HttpDecoderConfig().setMaxHeaderSize(MOST_HEADER_BYTES)),
                        new HttpServerKeepAliveHandler(), new HttpObjectAggregator(MOST_BODY_BYTES),
                        new ScrapeHandler(scrape));
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
    }
}
