package io.godwit.daemon.qmp;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A guest's monitors over scripted commands, on as many sockets as asked for. */
final class TestMonitor implements AutoCloseable {
    static final Instant NOW = Instant.ofEpochSecond(1_700_000_000, 42_000);

    final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    final List<String> completed = new CopyOnWriteArrayList<>();
    final GuestMonitors monitors = new GuestMonitors("test", Clock.fixed(NOW, ZoneOffset.UTC),
            (command, outcome, nanos) -> completed.add(command + " " + outcome), error -> completed.add(error));
    final ScriptedCommands commands = new ScriptedCommands(monitors);
    private final List<QmpServer> servers = new CopyOnWriteArrayList<>();

    static TestMonitor on(Path... sockets) throws IOException {
        var monitor = new TestMonitor();
        for (Path socket : sockets) {
            monitor.servers.add(QmpServer.listen(monitor.loop, socket, 0600));
        }
        monitor.servers.forEach(server -> server.serve(monitor.monitors, monitor.commands, Admission.ALL));
        return monitor;
    }

    @Override
    public void close() {
        monitors.close();
        servers.forEach(QmpServer::close);
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
