package io.godwit.daemon;

import io.godwit.daemon.command.ControlCommands;
import io.godwit.daemon.config.DaemonCommandLine;
import io.godwit.daemon.config.DaemonOptions;
import io.godwit.daemon.config.MonitorAddress;
import io.godwit.daemon.metrics.QmpMetrics;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Upgrade;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Many guests of one process, and the control monitor at which they come and go. Owns all of them. */
final class ControlledGuests implements Served {
    private static final Logger LOG = LoggerFactory.getLogger(ControlledGuests.class);
    private static final String CONTROL = "control";

    private final Owned owned = new Owned();
    private final Hosting hosting;
    private final Upgrade upgrade;
    private final Runnable quit;
    private final QmpServer server;
    private final GuestMonitors monitors;
    private final ServedGuests guests;

    /**
     * Makes the guests that are there from the start; nobody is greeted before {@link #serve}.
     *
     * @param control where the control monitor is
     * @param options the guest of the command line among them
     * @param hosting lent
     * @param commandLine reads what a client describes a guest by
     * @param quit asks the process to end; must return at once
     */
    ControlledGuests(MonitorAddress control, DaemonOptions options, Hosting hosting, DaemonCommandLine commandLine,
            Inheritance inheritance, Upgrade upgrade, Runnable quit) throws IOException {
        this.hosting = hosting;
        this.upgrade = upgrade;
        this.quit = quit;
        try {
            server = owned.own(inheritance.has(Holdings.CONTROL)
                    ? hosting.takeOver(control, inheritance.descriptors(Holdings.CONTROL, 1).getFirst())
                    : hosting.listen(control));
            var qmpMetrics = new QmpMetrics(CONTROL);
            hosting.metrics().ifPresent(metrics -> metrics.bind(qmpMetrics));
            monitors = owned.own(new GuestMonitors(CONTROL, Clock.systemUTC(), qmpMetrics::completed, why -> {}));
            guests = owned.own(new ServedGuests(hosting, commandLine, monitors::guestAdded, monitors::guestRemoved));
            prepare(options, inheritance);
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    private void prepare(DaemonOptions options, Inheritance inheritance) throws IOException {
        if (!inheritance.isPresent()) {
            if (options.guest().isPresent()) {
                guests.prepare(options.guest().get(), List.of(), InheritedGuest.none());
            }
            return;
        }
        for (Roster.Entry entry : Roster.of(inheritance.take(Holdings.GUESTS)).entries()) {
            try {
                var setup = entry.words().isEmpty()
                        ? options.guest().orElseThrow(() -> new IOException("no option describes it here"))
                        : guests.described(entry.words());
                guests.prepare(setup, entry.words(), InheritedGuest.amongOthers(inheritance, entry.name()));
            } catch (IOException e) {
                throw new IOException("guest '" + entry.name() + "': " + e.getMessage(), e);
            }
        }
    }

    @Override
    public boolean arrive() throws IOException {
        return guests.arrive();
    }

    @Override
    public void serve() throws IOException {
        guests.serve();
        server.serve(monitors, ControlCommands.of(guests, monitors, upgrade, quit), hosting.admission());
        LOG.info("Guests are added and removed at the control monitor");
    }

    @Override
    public void hold(Stillness stillness) throws IOException {
        stillness.hold("the control monitor", monitors.commandThread()); // first: it is what adds guests
        guests.hold(stillness);
    }

    @Override
    public List<Holding> holdings() {
        var all = new ArrayList<Holding>();
        all.add(new Holdings.Monitors(Holdings.CONTROL, List.of(server)));
        all.addAll(guests.holdings());
        return all;
    }

    @Override
    public List<ObjectNode> status() {
        return guests.status();
    }

    @Override
    public void upgradeChanged(ObjectNode data) {
        monitors.upgradeChanged(data);
    }

    @Override
    public void leave() {
        guests.leave();
        monitors.leave();
    }

    @Override
    public void announce(ShutdownCause cause) {
        guests.announce(cause);
        monitors.shutdown(cause);
    }

    @Override
    public void close() {
        monitors.close(); // no guest is added from here on
        owned.close();
    }
}
