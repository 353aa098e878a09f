package io.godwit.daemon;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.block.NoDisks;
import io.godwit.daemon.block.RemoteBlockLayer;
import io.godwit.daemon.command.Commands;
import io.godwit.daemon.command.DescriptorTable;
import io.godwit.daemon.command.LongWork;
import io.godwit.daemon.command.MovingGuest;
import io.godwit.daemon.command.PinnedTls;
import io.godwit.daemon.command.Settings;
import io.godwit.daemon.command.UserObjects;
import io.godwit.daemon.config.GuestSetup;
import io.godwit.daemon.config.InheritedDescriptor;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.metrics.GuestMetrics;
import io.godwit.daemon.metrics.LatencyHistogram;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.metrics.MigrationMetrics;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.NoSession;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.daemon.restore.Pager;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A guest that runs, or is held, in this process. Owns the engine and all that goes with it. */
final class NativeService implements GuestService {
    /** The guest stands still while the block layer commits a transaction: one that hangs must not keep it so. */
    private static final Duration BLOCK_LAYER_PATIENCE = Duration.ofSeconds(10);
    private static final String BLOCK_LAYER = "block-layer";

    private final Owned owned = new Owned();
    private final GuestSetup setup;
    private final GuestMonitors monitors;
    private final InheritedGuest inheritance;
    private final Optional<Upgrade> upgrade;
    private final Consumer<Ending> endings;
    private final List<Holding> holdings = new ArrayList<>();
    private final DescriptorTable descriptors;
    private final UserObjects objects;
    private final PinnedTls pinned;
    private final BlockLayer blockLayer;
    private final MigrationEngine engine;
    private final Jobs jobs;
    private final Settings settings;
    private volatile @Nullable Pager pager;

    /**
     * Makes the guest, which runs unless it comes from elsewhere or is to start paused.
     *
     * @param monitors lent
     * @param upgrade what the guest's clients may have the daemon replaced by
     * @param endings hears why the guest ends of its own accord; must return at once
     */
    NativeService(GuestSetup setup, GuestMonitors monitors, InheritedGuest inheritance, Optional<Upgrade> upgrade,
            Consumer<Ending> endings) throws IOException {
        this.setup = setup;
        this.monitors = monitors;
        this.inheritance = inheritance;
        this.upgrade = upgrade;
        this.endings = endings;
        try {
            descriptors = owned.own(new DescriptorTable());
            if (inheritance.has(DescriptorTable.NAME)) {
                descriptors.take(inheritance.take(DescriptorTable.NAME));
            } else {
                for (var inherited : setup.descriptors()) {
                    adopt(inherited, descriptors);
                }
            }
            objects = owned.own(new UserObjects());
            if (inheritance.has(UserObjects.NAME)) {
                objects.take(inheritance.take(UserObjects.NAME));
            }
            pinned = owned.own(new PinnedTls(monitors::watchNextMigration));
            blockLayer = blockLayer();
            engine = owned.own(MigrationEngine.start(inheritance.guest(setup.guest()), monitors));
            jobs = owned.own(new Jobs(monitors::jobStatus));
            settings = new Settings(engine, monitors);
            inheritance.expect(engine, settings);
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private BlockLayer blockLayer() throws IOException {
        if (setup.blockMonitor().isEmpty()) {
            return new NoDisks();
        }
        inheritance.note(BLOCK_LAYER);
        var link = owned.own(new MonitorLink(setup.blockMonitor().get(), BLOCK_LAYER_PATIENCE, monitors::passOn,
                why -> {}));
        holdings.add(new Holdings.Place(BLOCK_LAYER, link));
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

    @Override
    public boolean arrive() throws IOException {
        return inheritance.arrive(engine);
    }

    @Override
    public CommandSet begin() throws IOException {
        inheritance.settle(engine, settings);
        var restores = owned.own(new Pager(setup.restores(), engine::parameters, monitors::restoreChanged));
        pager = restores;
        var commands = Commands.of(engine, monitors, descriptors, objects, pinned, blockLayer, jobs, restores,
                () -> endings.accept(new Ending.Quit()));
        upgrade.ifPresent(commands::addUpgrade);
        holdings.addAll(
                List.of(settings, descriptors, objects, new Holdings.Ended(jobs), new Holdings.Restores(restores),
                        new Holdings.SerialPort(engine), new MovingGuest(engine)));
        if (setup.incomingUri().isPresent() && !inheritance.isPresent()) {
            startIncoming(setup.incomingUri().get(), commands);
        }
        return commands;
    }

    /** As if a client had sent {@code migrate-incoming}: whether a failed migration ends the guest is its default. */
    private static void startIncoming(String uri, CommandSet commands) throws IOException {
        try {
            commands.execute("migrate-incoming", JsonNodeFactory.instance.objectNode().put("uri", uri), false,
                    new NoSession());
        } catch (QmpException e) {
            throw new IOException("--incoming " + uri + ": " + e.getMessage(), e);
        }
    }

    /** Shows the guest's numbers from here on. */
    void bind(Metrics metrics) {
        String label = setup.label();
        metrics.bind(new GuestMetrics(label, setup.guest().memoryBytes(),
                () -> engine.runState() == RunState.RUNNING));
        metrics.bind(new MigrationMetrics(label, engine::statistics));
        LatencyHistogram.of(label, engine::statistics).forEach(metrics::bind);
        metrics.bind(LatencyHistogram.ofWriteFaults(label, engine::writeFaults));
    }

    @Override
    public List<Holding> holdings() {
        return List.copyOf(holdings);
    }

    @Override
    public ObjectNode describe(ObjectNode info) {
        RunState state = engine.runState();
        String kind = switch (setup.guest().kind()) {
            case GuestSpec.Kvm _ -> "kvm";
            case GuestSpec.Workload _ -> "workload";
            case GuestSpec.Held() -> "none";
        };
        info.put("kind", kind).put("memory", setup.guest().memoryBytes()).put("status", state.qapiName())
                .put("running", state == RunState.RUNNING)
                .put("migration", engine.statistics().status().qapiName());
        info.set("migration-info", engine.queryMigrate().toJson());
        return info;
    }

    @Override
    public LongWork work() {
        return new LongWork(jobs, Optional.of(engine), Optional.ofNullable(pager));
    }

    @Override
    public String summary() {
        String kind = switch (setup.guest().kind()) {
            case GuestSpec.Kvm kvm -> "kvm, " + kvm.cpus() + " vCPUs,";
            case GuestSpec.Workload workload -> "workload, " + workload.threads() + " threads,";
            case GuestSpec.Held() -> "held, at most";
        };
        return "(%s %d MiB) is %s".formatted(kind, setup.guest().memoryBytes() >> 20, engine.runState().qapiName());
    }

    /** Cancels a migration that runs and ends the guest. Idempotent. */
    @Override
    public void close() {
        owned.close();
    }
}
