package io.godwit.daemon;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Owns the thread {@code qmp-*} that serves every monitor's sockets and never blocks. */
final class EventLoop implements AutoCloseable {
    private final EventLoopGroup group;

    EventLoop() throws IOException {
        if (!Epoll.isAvailable()) {
            throw new IOException("Netty's native epoll library cannot be loaded: " + Epoll.unavailabilityCause(),
                    Epoll.unavailabilityCause());
        }
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("qmp", true), EpollIoHandler.newFactory());
    }

    EventLoopGroup group() {
        return group;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
