package io.godwit.daemon.metrics;

import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET} of the documents that there are, and nothing else. */
final class ScrapeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(ScrapeHandler.class);

    private final Map<String, Document> documents;

    /**
     * For one connection.
     *
     * @param documents by their paths
     */
    ScrapeHandler(Map<String, Document> documents) {
        this.documents = documents;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            var _ = context.writeAndFlush(refusal(HttpResponseStatus.BAD_REQUEST, "not an HTTP request\n"))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        var _ = context.writeAndFlush(answer(request));
    }

    private DefaultFullHttpResponse answer(FullHttpRequest request) {
        Document document = documents.get(request.uri().split("\\?", 2)[0]);
        if (document == null) {
            return refusal(HttpResponseStatus.NOT_FOUND,
                    "only " + String.join(", ", new TreeSet<>(documents.keySet())) + "\n");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            var refused = refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET\n");
            refused.headers().set(ALLOW, "GET");
            return refused;
        }
        return response(HttpResponseStatus.OK, document);
    }

    private static DefaultFullHttpResponse refusal(HttpResponseStatus status, String why) {
        return response(status, Document.plain(why));
    }

    private static DefaultFullHttpResponse response(HttpResponseStatus status, Document document) {
        var body = Unpooled.wrappedBuffer(document.bytes());
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        document.headers().forEach(response.headers()::set);
        response.headers().set(CONTENT_TYPE, document.type()).setInt(CONTENT_LENGTH, body.readableBytes());
        return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("Metrics connection {} dropped", context.channel().remoteAddress(), cause);
        var _ = context.close();
    }
}
