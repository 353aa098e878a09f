package io.godwit.daemon;

import io.godwit.daemon.command.Commands;
import io.godwit.daemon.command.DescriptorTable;
import io.godwit.daemon.config.DaemonOptions;
import io.godwit.daemon.config.InheritedDescriptor;
import io.godwit.daemon.config.MonitorAddress;
import io.godwit.daemon.metrics.GuestMetrics;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.metrics.MigrationMetrics;
import io.godwit.daemon.metrics.QmpMetrics;
import io.godwit.daemon.metrics.SnapshotMetrics;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.Rehearsal;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Owns everything that serves one guest, from the pidfile to the guest itself. Clients can connect before the guest runs,
 * and are greeted once it can be asked about.
 */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final Owned owned = new Owned();
    private final DaemonOptions options;
    private final Endings endings;
    private final GuestMonitors monitors;

    /**
     * Starts it all, or nothing.
     *
     * @throws IOException with a sentence for the user
     */
    Daemon(DaemonOptions options, Endings endings) throws IOException {
        this.options = options;
        this.endings = endings;
        try {
            if (options.pidfile().isPresent()) {
                owned.own(new Pidfile(options.pidfile().get()));
            }
            var qmpMetrics = new QmpMetrics(label());
            var servers = listen();
            monitors = owned.own(new GuestMonitors(label(), Clock.systemUTC(), qmpMetrics::completed,
                    why -> endings.note(new Ending.IncomingFailed(why))));
            serve(servers, qmpMetrics);
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private List<QmpServer> listen() throws IOException {
        var loop = owned.own(new EventLoop()).group();
        var servers = new ArrayList<QmpServer>();
        for (var address : options.monitors()) {
            servers.add(owned.own(switch (address) {
                case MonitorAddress.UnixSocket(var path, var mode) -> QmpServer.listen(loop, path, mode);
                case MonitorAddress.Inherited(var fd) -> QmpServer.adopt(loop, fd);
            }));
        }
        return servers;
    }

    private void serve(List<QmpServer> servers, QmpMetrics qmpMetrics) throws IOException {
        var metrics = options.metrics().isPresent() ? owned.own(new Metrics(options.metrics().get())) : null;
        var descriptors = owned.own(new DescriptorTable());
        for (var inherited : options.descriptors()) {
            adopt(inherited, descriptors);
        }
        var engine = owned.own(MigrationEngine.start(options.guest(), monitors));
        if (metrics != null) {
            metrics.bind(new GuestMetrics(label(), options.guest().memoryBytes(),
                    () -> engine.runState() == RunState.RUNNING));
            metrics.bind(new MigrationMetrics(label(), engine::statistics));
            metrics.bind(new SnapshotMetrics(label(), engine::writeFaults));
            metrics.bind(qmpMetrics);
            LOG.info("Metrics at http://{}:{}/metrics", metrics.address().getHostString(), metrics.address().getPort());
        }
        var commands = Commands.of(engine, monitors, descriptors, () -> endings.note(new Ending.Quit()));
        if (options.incomingUri().isPresent()) {
            startIncoming(options.incomingUri().get(), commands);
        }
        servers.forEach(server -> server.serve(monitors, commands));
        Rehearsal.begin();
        LOG.info("Guest '{}' ({} {} MiB) is {}; monitors: {}", label(), kind(), options.guest().memoryBytes() >> 20,
                engine.runState().qapiName(), servers.size());
    }

    private static void adopt(InheritedDescriptor inherited, DescriptorTable descriptors) throws IOException {
        var descriptor = Fd.adopt(inherited.fd());
        try {
            // Fails for a number that is no open descriptor.
            descriptor.accessMode();
        } catch (IOException e) {
            throw new IOException("--add-fd cannot use descriptor " + inherited.fd() + ": " + e.getMessage(), e);
        }
        descriptors.addToSet(Optional.of(inherited.set()), descriptor, inherited.opaque());
    }

    /** As if a client had sent {@code migrate-incoming}: whether a failed migration ends the process is its default. */
    private static void startIncoming(String uri, CommandSet commands) throws IOException {
        try {
            commands.execute("migrate-incoming", JsonNodeFactory.instance.objectNode().put("uri", uri), false,
                    new NoSession());
        } catch (QmpException e) {
            throw new IOException("--incoming " + uri + ": " + e.getMessage(), e);
        }
    }

    /** What precedes the amount of memory. */
    private String kind() {
        return switch (options.guest().kind()) {
            case GuestSpec.Kvm kvm -> "kvm, " + kvm.cpus() + " vCPUs,";
            case GuestSpec.Workload workload -> "workload, " + workload.threads() + " threads,";
            case GuestSpec.Held() -> "held, at most";
        };
    }

    /** Names the guest where a name is needed. */
    private String label() {
        return options.guest().name().isEmpty() ? "guest" : options.guest().name();
    }

    /** Tells the clients why it ends. */
    void announce(Ending ending) {
        switch (ending) {
            case Ending.Signal() -> {
                LOG.info("Ended by a signal");
                monitors.shutdown(ShutdownCause.HOST_SIGNAL);
            }
            case Ending.Quit() -> LOG.info("Ended by quit");
            case Ending.IncomingFailed(var why) -> LOG.error("The incoming migration failed: {}", why);
        }
    }

    /** Cancels a migration that runs, ends the guest, and leaves neither socket nor file behind. Idempotent. */
    @Override
    public void close() {
        // The command that runs comes to its end first: it would otherwise find its engine closed.
        monitors.close();
        owned.close();
    }
}
