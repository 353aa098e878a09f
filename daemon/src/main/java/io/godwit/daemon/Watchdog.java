package io.godwit.daemon;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd at half the period that it has set, sd_watchdog_enabled(3), that an event loop turns. It is the loop that says so: one
 * that hangs falls silent, and systemd ends the service. Owns its socket; the loop is lent.
 */
final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private final Channel channel;
    private final ScheduledFuture<?> sign;

    /**
     * Begins at once.
     *
     * @param loop told by; everything else that it serves has to come to its turn within the period
     * @param socket as in {@code NOTIFY_SOCKET}
     * @param period after which silence is taken for a hang; positive
     */
    Watchdog(EventLoop loop, String socket, Duration period) throws IOException {
        var connected = new Bootstrap().group(loop).channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter()).connect(ServiceManager.address(socket))
                .awaitUninterruptibly();
        channel = connected.channel();
        if (!connected.isSuccess()) {
            channel.close().awaitUninterruptibly();
            throw new IOException("The watchdog at " + socket + " cannot be told: " + connected.cause().getMessage(),
                    connected.cause());
        }
        sign = loop.scheduleAtFixedRate(this::tell, 0, period.toNanos() / 2, TimeUnit.NANOSECONDS);
    }

    /**
     * The period that systemd has set for this process, if any.
     *
     * @param environment the process's: {@code WATCHDOG_USEC}, and {@code WATCHDOG_PID} if it is meant for one process only
     */
    static Optional<Duration> period(Map<String, String> environment, long pid) {
        String given = environment.getOrDefault("WATCHDOG_USEC", "");
        String meant = environment.getOrDefault("WATCHDOG_PID", "");
        if (given.isEmpty() || !(meant.isEmpty() || meant.equals(Long.toString(pid)))) {
            return Optional.empty();
        }
        try {
            long micros = Long.parseLong(given);
            return micros > 0
                    ? Optional.of(Duration.of(micros, ChronoUnit.MICROS))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            LOG.warn("WATCHDOG_USEC is '{}', expected microseconds: the watchdog is not told", given);
            return Optional.empty();
        }
    }

    private void tell() {
        channel.writeAndFlush(Unpooled.copiedBuffer("WATCHDOG=1", StandardCharsets.UTF_8)).addListener(sent -> {
            if (!sent.isSuccess()) {
                LOG.warn("The watchdog was not told: {}", sent.cause().getMessage());
            }
        });
    }

    @Override
    public void close() {
        sign.cancel(false);
        channel.close().awaitUninterruptibly();
    }
}
