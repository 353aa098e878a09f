package io.godwit.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With a socket of the test's own in systemd's place. */
class WatchdogTest {
    private static final Duration PERIOD = Duration.ofMillis(40);
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private EventLoop loop;
    private EventLoop listening;
    private Channel systemd;
    private String socket;

    @BeforeEach
    void listens() throws Exception {
        loop = new EventLoop();
        listening = new EventLoop();
        socket = directory.resolve("notify").toString();
        systemd = new Bootstrap().group(listening.group()).channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                }).bind(new DomainSocketAddress(socket)).sync().channel();
    }

    @AfterEach
    void closes() throws Exception {
        systemd.close().sync();
        loop.close();
        listening.close();
    }

    @Test
    void tellsTwiceInAPeriod() throws Exception {
        long began = System.nanoTime();
        try (var _ = new Watchdog(loop.group().next(), socket, PERIOD)) {
            for (int i = 0; i < 5; i++) {
                assertThat(heard.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("WATCHDOG=1");
            }
        }
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(2 * PERIOD.toNanos());
    }

    @Test
    void fallsSilentWhenTheLoopHangsAndSpeaksAgainAfterwards() throws Exception {
        var hangs = new CountDownLatch(1);
        var goesOn = new CountDownLatch(1);
        try (var _ = new Watchdog(loop.group().next(), socket, PERIOD)) {
            loop.group().next().execute(() -> {
                hangs.countDown();
                awaitQuietly(goesOn);
            });
            hangs.await();
            systemd.eventLoop().submit(() -> {}).sync(); // what was sent before is heard
            heard.clear();

            assertThat(heard.poll(5 * PERIOD.toMillis(), TimeUnit.MILLISECONDS)).isNull();

            goesOn.countDown();
            assertThat(heard.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("WATCHDOG=1");
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void saysWhyNobodyIsTold() {
        assertThatIOException()
                .isThrownBy(() -> new Watchdog(loop.group().next(), directory.resolve("none").toString(), PERIOD))
                .withMessageStartingWith("The watchdog at " + directory.resolve("none") + " cannot be told: ");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            30000000, 42, PT30S
            30000000, '', PT30S
            1,        42, PT0.000001S
            30000000, 41,
            '',       42,
            0,        42,
            -5,       42,
            soon,     42,
            """)
    void isAskedForByTheEnvironment(String micros, String pid, @Nullable Duration period) {
        var environment = Map.of("WATCHDOG_USEC", micros, "WATCHDOG_PID", pid);

        assertThat(Watchdog.period(environment, 42).orElse(null)).isEqualTo(period);
    }

    @Test
    void isNotAskedForWithoutSystemd() {
        assertThat(Watchdog.period(Map.of(), 42)).isEmpty();
    }
}
