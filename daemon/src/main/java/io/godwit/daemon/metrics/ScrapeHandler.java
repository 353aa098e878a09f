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
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /metrics} and {@code GET /healthz}, and nothing else. */
final class ScrapeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(ScrapeHandler.class);
    /** The Prometheus text format, as its exposition-format document names it. */
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String PLAIN = "text/plain; charset=utf-8";

    private final Supplier<String> scrape;

    ScrapeHandler(Supplier<String> scrape) {
        this.scrape = scrape;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            var _ = context.writeAndFlush(response(HttpResponseStatus.BAD_REQUEST, PLAIN, "not an HTTP request\n"))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        var _ = context.writeAndFlush(answer(request));
    }

    private DefaultFullHttpResponse answer(FullHttpRequest request) {
        String path = request.uri().split("\\?", 2)[0];
        return switch (path) {
            case "/metrics", "/healthz" -> {
                if (!request.method().equals(HttpMethod.GET)) {
                    var refused = response(HttpResponseStatus.METHOD_NOT_ALLOWED, PLAIN, "only GET\n");
                    refused.headers().set(ALLOW, "GET");
                    yield refused;
                }
                yield path.equals("/healthz")
                        ? response(HttpResponseStatus.OK, PLAIN, "ok\n")
                        : response(HttpResponseStatus.OK, PROMETHEUS, scrape.get());
            }
            default -> response(HttpResponseStatus.NOT_FOUND, PLAIN, "only /metrics and /healthz\n");
        };
    }

    private static DefaultFullHttpResponse response(HttpResponseStatus status, String type, String text) {
        var body = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers().set(CONTENT_TYPE, type).setInt(CONTENT_LENGTH, body.readableBytes());
        return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("Metrics connection {} dropped", context.channel().remoteAddress(), cause);
        var _ = context.close();
    }
}
