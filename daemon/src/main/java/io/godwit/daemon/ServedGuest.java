package io.godwit.daemon;

import io.godwit.daemon.command.LongWork;
import io.godwit.daemon.config.GuestSetup;
import io.godwit.daemon.config.MonitorAddress;
import io.godwit.daemon.metrics.QmpMetrics;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns everything that serves one guest, from its monitors' sockets to the guest itself; a process may have many. Clients can
 * connect before the guest runs, and are greeted once it can be asked about.
 */
final class ServedGuest implements Served {
    private static final Logger LOG = LoggerFactory.getLogger(ServedGuest.class);

    private final Owned owned = new Owned();
    private final GuestSetup setup;
    private final Hosting hosting;
    private final List<QmpServer> servers;
    private final GuestMonitors monitors;
    private final GuestService service;

    /**
     * Makes the guest; nobody is greeted before {@link #serve}.
     *
     * @param hosting lent
     * @param inheritance what it has from a process whose place this one takes
     * @param upgrade what the guest's clients may have the daemon replaced by; absent when that is not theirs to ask for
     * @param endings hears why the guest ends of its own accord; must return at once
     * @throws IOException with a sentence for the user
     */
    ServedGuest(GuestSetup setup, Hosting hosting, InheritedGuest inheritance, Optional<Upgrade> upgrade,
            Consumer<Ending> endings) throws IOException {
        this.setup = setup;
        this.hosting = hosting;
        try {
            var qmpMetrics = new QmpMetrics(setup.label());
            servers = listen(inheritance);
            monitors = owned.own(new GuestMonitors(setup.label(), Clock.systemUTC(), qmpMetrics::completed,
                    why -> endings.accept(new Ending.IncomingFailed(why))));
            hosting.metrics().ifPresent(metrics -> {
                owned.own(() -> metrics.forget(setup.label()));
                metrics.bind(qmpMetrics);
            });
            service = owned.own(setup.qemu().isPresent()
                    ? new QemuService(setup.qemu().get(), setup, monitors, inheritance, upgrade, endings)
                    : new NativeService(setup, monitors, inheritance, upgrade, endings));
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private List<QmpServer> listen(InheritedGuest inheritance) throws IOException {
        var all = new ArrayList<QmpServer>();
        if (inheritance.has(Holdings.MONITORS)) {
            List<Fd> listening = inheritance.descriptors(Holdings.MONITORS, setup.monitors().size());
            for (int i = 0; i < listening.size(); i++) {
                all.add(owned.own(hosting.takeOver(setup.monitors().get(i), listening.get(i))));
            }
            return all;
        }
        for (MonitorAddress address : setup.monitors()) {
            all.add(owned.own(hosting.listen(address)));
        }
        return all;
    }

    @Override
    public boolean arrive() throws IOException {
        return service.arrive();
    }

    @Override
    public void serve() throws IOException {
        var commands = service.begin();
        if (service instanceof NativeService here) {
            hosting.metrics().ifPresent(here::bind);
        }
        servers.forEach(server -> server.serve(monitors, commands, hosting.admission()));
        LOG.info("Guest '{}' {}; monitors: {}", label(), service.summary(), servers.size());
    }

    String label() {
        return setup.label();
    }

    @Override
    public void hold(Stillness stillness) throws IOException {
        stillness.hold("guest '" + label() + "'", monitors.commandThread());
    }

    @Override
    public void upgradeChanged(ObjectNode data) {
        monitors.upgradeChanged(data);
    }

    @Override
    public List<Holding> holdings() {
        var all = new ArrayList<Holding>();
        all.add(new Holdings.Monitors(Holdings.MONITORS, servers));
        all.addAll(service.holdings());
        return all;
    }

    @Override
    public void leave() {
        monitors.leave();
    }

    @Override
    public void announce(ShutdownCause cause) {
        monitors.shutdown(cause);
    }

    /** What {@code query-guests} tells of it. */
    ObjectNode info() {
        return service.describe(JsonNodeFactory.instance.objectNode().put("name", label()));
    }

    @Override
    public List<ObjectNode> status() {
        ObjectNode status = info();
        work().query().forEach(status.putArray("jobs")::add);
        return List.of(status);
    }

    /** As {@link GuestService#work}. */
    LongWork work() {
        return service.work();
    }

    /** Cancels a migration that runs, ends the guest, and leaves no socket behind. Idempotent. */
    @Override
    public void close() {
        // The command that runs comes to its end first: it would otherwise find its engine closed.
        monitors.close();
        owned.close();
    }
}
