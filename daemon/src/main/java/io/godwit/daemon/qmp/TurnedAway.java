package io.godwit.daemon.qmp;

import io.godwit.engine.linux.PeerCredentials;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection of somebody who may not be a client: told so in place of the greeting, and closed. Nothing it says is looked at. */
final class TurnedAway extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TurnedAway.class);

    private final String who;

    TurnedAway(Optional<PeerCredentials> peer) {
        who = peer.map(known -> "uid " + known.uid() + " and gid " + known.gid()).orElse("unknown uid and gid");
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        LOG.warn("QMP client turned away: {}", who);
        byte[] why = QmpWriter.error(QmpError.generic("A client with " + who + " is not allowed at this monitor"),
                Optional.empty());
        context.writeAndFlush(Unpooled.wrappedBuffer(why)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case ReceivedDescriptors received -> received.descriptors().forEach(descriptor -> descriptor.close());
            case ByteBuf bytes -> bytes.release();
            default -> throw new IllegalStateException("a message of " + message.getClass());
        }
    }
}
