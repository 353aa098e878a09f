package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamSocket;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * Owns a listening AF_UNIX socket. Each {@link #read} accepts one connection, and no more: the others wait in the
 * kernel's backlog, as the clients of a monitor take turns.
 */
final class UnixServerChannel extends AbstractServerChannel {
    /** Not nothing: a registration of Netty 4.2.18 that once waits for nothing can never wait again. */
    private static final EpollIoOps IDLE = EpollIoOps.EPOLLERR;

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final EpollRegistration epoll = new EpollRegistration(IDLE);
    private final Fd listening;
    private volatile boolean open = true;

    /** Takes ownership of a socket that listens already and does not block. */
    UnixServerChannel(Fd listening) {
        this.listening = listening;
        config.setAutoRead(false);
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new ServerHandle();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return EpollRegistration.fits(loop);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        epoll.register(this, (ServerHandle) unsafe(), promise);
    }

    @Override
    protected void doDeregister() {
        epoll.cancel();
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("the socket listens already");
    }

    @Override
    protected void doBeginRead() {
        epoll.add(EpollIoOps.EPOLLIN);
    }

    @Override
    protected void doClose() {
        open = false;
        epoll.cancel();
        listening.close();
    }

    @Override
    protected SocketAddress localAddress0() {
        return new DomainSocketAddress("");
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    private void acceptOne() {
        try {
            Optional<Fd> accepted = StreamSocket.acceptNow(listening);
            if (accepted.isPresent()) {
                epoll.remove(EpollIoOps.EPOLLIN);
                pipeline().fireChannelRead(new UnixStreamChannel(this, accepted.get()));
                pipeline().fireChannelReadComplete();
            }
        } catch (IOException e) {
            epoll.remove(EpollIoOps.EPOLLIN); // out of descriptors, say: asking again at once would spin
            pipeline().fireExceptionCaught(e);
        }
    }

    private final class ServerHandle extends AbstractUnsafe implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return new FileDescriptor(listening.number());
        }

        @Override
        public void close() {
            close(voidPromise());
        }

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException());
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (open && epoll.waitsFor(EpollIoOps.EPOLLIN)) {
                acceptOne();
            }
        }
    }
}
