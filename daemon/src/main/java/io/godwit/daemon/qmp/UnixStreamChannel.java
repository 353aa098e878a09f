package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.PeerCredentials;
import io.godwit.engine.linux.StreamSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Owns a connected AF_UNIX stream socket and gives what comes in, bytes and descriptors, in the order in which they
 * came: {@link ReceivedDescriptors} before the {@link ByteBuf} at whose end they belong (unix(7): recvmsg does not read
 * past a message that carries descriptors). When the peer has shut down its writing side the pipeline hears of a
 * {@link ChannelInputShutdownEvent} and the channel stays open. Netty's own channel for such sockets loses either the
 * descriptors or the bytes.
 *
 * <p>The kernel is asked edge-triggered, so that a peer that hangs up while nobody reads does not wake the loop for ever.
 */
final class UnixStreamChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final int BUFFER_BYTES = 16 * 1024;
    /** After so many reads the loop's other channels have their turn. */
    private static final int READS_PER_TURN = 16;

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final EpollRegistration epoll = new EpollRegistration(
            EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET));
    private final Fd socket;
    private final FdMessages messages;
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer outgoing = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private volatile boolean open = true;
    private boolean readable;
    private boolean readWanted;
    private boolean inputEnded;

    /** Takes ownership of a connected socket that does not block. */
    UnixStreamChannel(Channel parent, Fd socket) {
        super(parent);
        this.socket = socket;
        this.messages = new FdMessages(socket);
    }

    /** Who connected; empty when the kernel does not say. */
    Optional<PeerCredentials> peer() {
        try {
            return Optional.of(StreamSocket.peerCredentials(socket));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new StreamHandle();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return EpollRegistration.fits(loop);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        epoll.register(this, (StreamHandle) unsafe(), promise);
    }

    @Override
    protected void doDeregister() {
        epoll.cancel();
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        epoll.cancel();
        messages.close();
        socket.close();
    }

    @Override
    protected void doBeginRead() {
        readWanted = true;
        if (readable) {
            eventLoop().execute(this::readWhileWanted);
        }
    }

    private void readWhileWanted() {
        try {
            for (int turns = 0; open && readable && readWanted && !inputEnded; turns++) {
                if (turns == READS_PER_TURN) {
                    eventLoop().execute(this::readWhileWanted);
                    return;
                }
                readOnce();
            }
        } catch (IOException e) {
            pipeline().fireExceptionCaught(e);
            unsafe().close(voidPromise());
        }
    }

    private void readOnce() throws IOException {
        incoming.clear();
        int received = messages.receiveNow(incoming);
        if (received == Fd.WOULD_BLOCK) {
            readable = false;
            return;
        }
        readWanted = false;
        if (received == 0) {
            inputEnded = true;
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            return;
        }
        List<Fd> descriptors = messages.takeFds();
        if (!descriptors.isEmpty()) {
            pipeline().fireChannelRead(new ReceivedDescriptors(descriptors));
        }
        incoming.flip();
        pipeline().fireChannelRead(alloc().heapBuffer(received).writeBytes(incoming));
        pipeline().fireChannelReadComplete();
        readWanted |= config.isAutoRead();
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("not bytes: " + message.getClass().getName());
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer waiting) throws IOException {
        for (Object message = waiting.current(); message != null; message = waiting.current()) {
            ByteBuf bytes = (ByteBuf) message;
            while (bytes.isReadable()) {
                outgoing.clear().limit(Math.min(outgoing.capacity(), bytes.readableBytes()));
                bytes.getBytes(bytes.readerIndex(), outgoing);
                outgoing.flip();
                int sent = messages.sendNow(outgoing, List.of());
                if (sent == Fd.WOULD_BLOCK) {
                    epoll.add(EpollIoOps.EPOLLOUT);
                    return;
                }
                bytes.skipBytes(sent);
                waiting.progress(sent);
            }
            waiting.remove();
        }
        epoll.remove(EpollIoOps.EPOLLOUT);
    }

    @Override
    protected SocketAddress localAddress0() {
        return new DomainSocketAddress("");
    }

    @Override
    protected SocketAddress remoteAddress0() {
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

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    private final class StreamHandle extends AbstractUnsafe implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return new FileDescriptor(socket.number());
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
        protected void flush0() {
            if (!epoll.waitsFor(EpollIoOps.EPOLLOUT)) {
                super.flush0();
            }
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            EpollIoOps ready = ((EpollIoEvent) event).ops();
            if (ready.contains(EpollIoOps.EPOLLOUT)) {
                super.flush0();
            }
            // Besides data, the end of input and errors are found by reading.
            readable |= !ready.equals(EpollIoOps.EPOLLOUT);
            readWhileWanted();
        }
    }
}
