package io.godwit.daemon;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.block.NoDisks;
import io.godwit.daemon.block.RemoteBlockLayer;
import io.godwit.daemon.command.Commands;
import io.godwit.daemon.command.DescriptorTable;
import io.godwit.daemon.command.MovingGuest;
import io.godwit.daemon.command.Settings;
import io.godwit.daemon.command.UserObjects;
import io.godwit.daemon.command.qemu.QemuCommands;
import io.godwit.daemon.config.DaemonOptions;
import io.godwit.daemon.config.InheritedDescriptor;
import io.godwit.daemon.config.MonitorAddress;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.metrics.GuestMetrics;
import io.godwit.daemon.metrics.LatencyHistogram;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.metrics.MigrationMetrics;
import io.godwit.daemon.metrics.QmpMetrics;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.NoSession;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.daemon.restore.Pager;
import io.godwit.daemon.upgrade.OwnCommand;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.Rehearsal;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Owns everything that serves one guest, from the pidfile to the guest itself. Clients can connect before the guest runs,
 * and are greeted once it can be asked about.
 */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    /** The guest stands still while the block layer commits a transaction: one that hangs must not keep it so. */
    private static final Duration BLOCK_LAYER_PATIENCE = Duration.ofSeconds(10);

    /** A QEMU that has another client at its monitor does not greet. */
    private static final Duration QEMU_PATIENCE = Duration.ofSeconds(10);

    private static final String QEMU = "qemu";
    private static final String BLOCK_LAYER = "block-layer";

    private final Owned owned = new Owned();
    private final DaemonOptions options;
    private final Endings endings;
    private final QmpMetrics qmpMetrics;
    private final GuestMonitors monitors;
    private final Upgrade upgrade;

    /**
     * Starts it all, or nothing.
     *
     * @param command how the process was started
     * @throws IOException with a sentence for the user
     */
    Daemon(DaemonOptions options, OwnCommand command, Endings endings) throws IOException {
        this.options = options;
        this.endings = endings;
        qmpMetrics = new QmpMetrics(label());
        monitors = owned.own(new GuestMonitors(label(), Clock.systemUTC(), qmpMetrics::completed,
                why -> endings.note(new Ending.IncomingFailed(why))));
        upgrade = new Upgrade(command, monitors.commandThread(), monitors::upgradeChanged, pid -> {
            monitors.leave();
            endings.note(new Ending.Upgraded(pid));
        });
        try (var inheritance = Inheritance.of(options.takeOver(), options.guest().kind())) {
            try {
                start(inheritance);
            } catch (IOException | RuntimeException | Error e) {
                inheritance.refuse(e);
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private void start(Inheritance inheritance) throws IOException {
        if (options.pidfile().isPresent() && !inheritance.has(Holdings.PIDFILE)) {
            ownPidfile(options.pidfile().get());
        }
        var servers = listen(inheritance);
        var metrics = metrics(inheritance);
        upgrade.add(new Holdings.Monitors(servers));
        if (metrics != null) {
            upgrade.add(new Holdings.Scraped(metrics));
            metrics.bind(qmpMetrics);
            LOG.info("Metrics at http://{}:{}/metrics", metrics.address().getHostString(), metrics.address().getPort());
        }
        if (options.qemu().isPresent()) {
            serveQemu(options.qemu().get(), servers, inheritance);
        } else {
            serveNative(servers, metrics, inheritance);
        }
        if (metrics != null) {
            metrics.serve();
        }
    }

    private void ownPidfile(Path path) throws IOException {
        var pidfile = owned.own(new Pidfile(path));
        upgrade.add(new Holdings.ProcessId(pidfile));
    }

    private List<QmpServer> listen(Inheritance inheritance) throws IOException {
        var loop = owned.own(new EventLoop()).group();
        var servers = new ArrayList<QmpServer>();
        if (inheritance.has(Holdings.MONITORS)) {
            var addresses = options.monitors().iterator();
            for (Fd listening : inheritance.descriptors(Holdings.MONITORS, options.monitors().size())) {
                servers.add(owned.own(QmpServer.takeOver(loop, addresses.next() instanceof MonitorAddress.UnixSocket at
                        ? Optional.of(at.path())
                        : Optional.empty(), listening)));
            }
            return servers;
        }
        for (var address : options.monitors()) {
            servers.add(owned.own(switch (address) {
                case MonitorAddress.UnixSocket(var path, var mode) -> QmpServer.listen(loop, path, mode);
                case MonitorAddress.Inherited(var fd) -> QmpServer.adopt(loop, fd);
            }));
        }
        return servers;
    }

    private @Nullable Metrics metrics(Inheritance inheritance) throws IOException {
        if (inheritance.has(Holdings.METRICS)) {
            return owned.own(new Metrics(inheritance.descriptors(Holdings.METRICS, 1).getFirst()));
        }
        return options.metrics().isPresent() ? owned.own(new Metrics(options.metrics().get())) : null;
    }

    private void serveNative(List<QmpServer> servers, @Nullable Metrics metrics, Inheritance inheritance)
            throws IOException {
        var descriptors = owned.own(new DescriptorTable());
        if (inheritance.has(DescriptorTable.NAME)) {
            descriptors.take(inheritance.take(DescriptorTable.NAME));
        } else {
            for (var inherited : options.descriptors()) {
                adopt(inherited, descriptors);
            }
        }
        var objects = owned.own(new UserObjects());
        if (inheritance.has(UserObjects.NAME)) {
            objects.take(inheritance.take(UserObjects.NAME));
        }
        var blockLayer = blockLayer(inheritance);
        var engine = owned.own(MigrationEngine.start(inheritance.guest(options.guest()), monitors));
        var jobs = owned.own(new Jobs(monitors::jobStatus));
        var settings = new Settings(engine, monitors);
        inheritance.receive(engine, settings);
        if (options.pidfile().isPresent() && inheritance.has(Holdings.PIDFILE)) {
            ownPidfile(options.pidfile().get());
        }
        var pager = owned.own(new Pager(options.restores(), engine::parameters, monitors::restoreChanged));
        var commands = Commands.of(engine, monitors, descriptors, objects, blockLayer, jobs, pager,
                () -> endings.note(new Ending.Quit()));
        commands.addUpgrade(upgrade);
        List.of(settings, descriptors, objects, new Holdings.Ended(jobs), new Holdings.Restores(pager),
                new Holdings.SerialPort(engine), new MovingGuest(engine)).forEach(upgrade::add);
        if (metrics != null) {
            bind(metrics, engine);
        }
        if (options.incomingUri().isPresent() && !inheritance.isPresent()) {
            startIncoming(options.incomingUri().get(), commands);
        }
        servers.forEach(server -> server.serve(monitors, commands));
        if (!inheritance.isPresent()) {
            Rehearsal.begin(options.guest().kind(), FirstUse::ofReport);
        }
        LOG.info("Guest '{}' ({} {} MiB) is {}; monitors: {}", label(), kind(), options.guest().memoryBytes() >> 20,
                engine.runState().qapiName(), servers.size());
    }

    private void bind(Metrics metrics, MigrationEngine engine) {
        metrics.bind(new GuestMetrics(label(), options.guest().memoryBytes(),
                () -> engine.runState() == RunState.RUNNING));
        metrics.bind(new MigrationMetrics(label(), engine::statistics));
        LatencyHistogram.of(label(), engine::statistics).forEach(metrics::bind);
        metrics.bind(LatencyHistogram.ofWriteFaults(label(), engine::writeFaults));
    }

    /** Clients are greeted once the QEMU behind has been. */
    private void serveQemu(Path given, List<QmpServer> servers, Inheritance inheritance) throws IOException {
        // The guest may have moved to another QEMU since.
        Path socket = inheritance.has(QEMU) ? Holdings.Place.socket(inheritance.take(QEMU)).orElse(given) : given;
        var link = owned.own(new MonitorLink(socket, QEMU_PATIENCE, monitors::passOn,
                why -> endings.note(new Ending.QemuLost(String.valueOf(why.getMessage())))));
        var jobs = owned.own(new Jobs(monitors::jobStatus));
        try {
            monitors.sendMigrationEvents(true); // it is the QEMU that knows who wants them
            var commands = owned.own(new QemuCommands(link, upgrade, jobs, monitors::migrationStatus,
                    options.guest().sealsFiles()));
            List.of(new Holdings.Ended(jobs), new Holdings.QemuPlace(new Holdings.Place(QEMU, link), commands))
                    .forEach(upgrade::add);
            inheritance.receive(QEMU);
            if (options.pidfile().isPresent() && inheritance.has(Holdings.PIDFILE)) {
                ownPidfile(options.pidfile().get());
            }
            servers.forEach(server -> server.serve(monitors, commands));
        } catch (QmpException e) {
            throw new IOException("--qemu " + socket + ": " + e.getMessage(), e);
        }
        LOG.info("Guest '{}' is the one of the QEMU behind '{}'; monitors: {}", label(), socket, servers.size());
    }

    private BlockLayer blockLayer(Inheritance inheritance) throws IOException {
        if (options.blockMonitor().isEmpty()) {
            return new NoDisks();
        }
        inheritance.note(BLOCK_LAYER);
        var link = owned.own(new MonitorLink(options.blockMonitor().get(), BLOCK_LAYER_PATIENCE, monitors::passOn,
                why -> {}));
        upgrade.add(new Holdings.Place(BLOCK_LAYER, link));
        return new RemoteBlockLayer(link);
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
            case Ending.QemuLost(var why) -> LOG.info("Ended with its QEMU: {}", why);
            case Ending.Quit() -> LOG.info("Ended by quit");
            case Ending.Upgraded(var pid) -> {
                ServiceManager.mainIs(pid);
                LOG.info("Process {} has taken over", pid);
            }
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
