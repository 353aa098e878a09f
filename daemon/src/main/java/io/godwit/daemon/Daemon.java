package io.godwit.daemon;

import io.godwit.daemon.config.AllowedPeers;
import io.godwit.daemon.config.DaemonCommandLine;
import io.godwit.daemon.config.DaemonOptions;
import io.godwit.daemon.config.GuestSetup;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.qmp.Admission;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.upgrade.Belongings;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.OwnCommand;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Owns everything of the process: the pidfile, the thread of all sockets, the metrics, and what is served. */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    /** A guest's commands end in an instant, save those that somebody else carries out. */
    private static final Duration LAST_COMMAND = Duration.ofSeconds(60);

    private final Owned owned = new Owned();
    private final Endings endings;
    private final Hosting hosting;
    private final Upgrade upgrade;
    private final Served served;
    private @Nullable Pidfile pidfile;

    /**
     * Starts it all, or nothing.
     *
     * @param commandLine reads what a client describes a guest by
     * @param command how the process was started
     * @throws IOException with a sentence for the user
     */
    Daemon(DaemonOptions options, DaemonCommandLine commandLine, OwnCommand command, Endings endings)
            throws IOException {
        this.endings = endings;
        upgrade = new Upgrade(command, this::whileStill, this::tellOfUpgrade, this::upgraded);
        GuestSpec.Kind kind = options.guest().map(GuestSetup::guest).map(GuestSpec::kind)
                .orElseGet(commandLine::usualKind);
        try (var inheritance = Inheritance.of(options.takeOver(), kind)) {
            try {
                if (!inheritance.has(Holdings.PIDFILE)) {
                    ownPidfile(options.pidfile());
                }
                hosting = hosting(options, inheritance);
                served = owned.own(served(options, commandLine, inheritance));
                hosting.metrics().ifPresent(metrics -> metrics.show(() -> status().toString()));
                inheritance.ready();
                inheritance.awaitGo(served.arrive());
                if (inheritance.has(Holdings.PIDFILE)) {
                    ownPidfile(options.pidfile());
                }
                served.serve();
                hosting.metrics().ifPresent(Metrics::serve);
                keepWatched(System.getenv());
                if (options.rehearses() && !inheritance.isPresent()) {
                    Rehearsal.begin(kind, FirstUse::ofReport);
                }
            } catch (IOException | RuntimeException | Error e) {
                inheritance.refuse(e);
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private void ownPidfile(Optional<Path> path) throws IOException {
        if (path.isPresent()) {
            pidfile = owned.own(new Pidfile(path.get()));
        }
    }

    /** Last of all: a process that takes another's place must not be heard before. */
    private void keepWatched(Map<String, String> environment) throws IOException {
        Optional<Duration> period = Watchdog.period(environment, ProcessHandle.current().pid());
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (period.isPresent() && !socket.isEmpty()) {
            owned.own(new Watchdog(hosting.loop().next(), socket, period.get()));
        }
    }

    private Hosting hosting(DaemonOptions options, Inheritance inheritance) throws IOException {
        var admission = admission(options.allowed());
        var loop = owned.own(new EventLoop()).group();
        Metrics metrics = metrics(options, inheritance);
        if (metrics != null) {
            LOG.info("Metrics at http://{}:{}/metrics", metrics.address().getHostString(), metrics.address().getPort());
        }
        return new Hosting(loop, Optional.ofNullable(metrics), admission);
    }

    private @Nullable Metrics metrics(DaemonOptions options, Inheritance inheritance) throws IOException {
        if (inheritance.has(Holdings.METRICS)) {
            return owned.own(new Metrics(inheritance.descriptors(Holdings.METRICS, 1).getFirst()));
        }
        return options.metrics().isPresent() ? owned.own(new Metrics(options.metrics().get())) : null;
    }

    private static Admission admission(AllowedPeers allowed) {
        return allowed.rules().isEmpty()
                ? Admission.ALL
                : peer -> peer.isPresent() && allowed.allows(peer.get().uid(), peer.get().gid());
    }

    /** Without a control monitor the process is its one guest's, and ends with it. */
    private Served served(DaemonOptions options, DaemonCommandLine commandLine, Inheritance inheritance)
            throws IOException {
        if (options.control().isPresent()) {
            return new ControlledGuests(options.control().get(), options, hosting, commandLine, inheritance, upgrade,
                    () -> endings.note(new Ending.Quit()));
        }
        return new ServedGuest(options.guest().orElseThrow(), hosting, InheritedGuest.alone(inheritance),
                Optional.of(upgrade), endings::note);
    }

    private void whileStill(Belongings.Task task) throws IOException {
        try (var stillness = new Stillness(LAST_COMMAND)) {
            served.hold(stillness);
            task.run(holdings());
        }
    }

    private List<Holding> holdings() {
        var all = new ArrayList<Holding>();
        if (pidfile != null) {
            all.add(new Holdings.ProcessId(pidfile));
        }
        hosting.metrics().ifPresent(metrics -> all.add(new Holdings.Scraped(metrics)));
        all.addAll(served.holdings());
        return all;
    }

    private ObjectNode status() {
        var status = JsonNodeFactory.instance.objectNode();
        served.status().forEach(status.putArray("guests")::add);
        return status;
    }

    private void tellOfUpgrade(ObjectNode data) {
        served.upgradeChanged(data);
    }

    private void upgraded(long pid) {
        served.leave();
        endings.note(new Ending.Upgraded(pid));
    }

    /** Tells the clients why it ends. */
    void announce(Ending ending) {
        switch (ending) {
            case Ending.Signal() -> {
                LOG.info("Ended by a signal");
                served.announce(ShutdownCause.HOST_SIGNAL);
            }
            case Ending.QemuLost(var why) -> LOG.info("Ended with its QEMU: {}", why);
            case Ending.Quit() -> {
                LOG.info("Ended by quit");
                served.announce(ShutdownCause.HOST_QMP_QUIT);
            }
            case Ending.Upgraded(var pid) -> {
                ServiceManager.mainIs(pid);
                LOG.info("Process {} has taken over", pid);
            }
            case Ending.IncomingFailed(var why) -> LOG.error("The incoming migration failed: {}", why);
        }
    }

    /** Cancels migrations that run, ends the guests, and leaves neither socket nor file behind. Idempotent. */
    @Override
    public void close() {
        owned.close();
    }
}
