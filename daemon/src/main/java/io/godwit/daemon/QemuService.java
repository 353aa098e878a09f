package io.godwit.daemon;

import io.godwit.daemon.command.LongWork;
import io.godwit.daemon.command.qemu.QemuCommands;
import io.godwit.daemon.config.GuestSetup;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** A guest that runs in a QEMU. Owns the connection to its monitor. */
final class QemuService implements GuestService {
    /** A QEMU that has another client at its monitor does not greet. */
    private static final Duration QEMU_PATIENCE = Duration.ofSeconds(10);
    private static final String QEMU = "qemu";

    private final Owned owned = new Owned();
    private final Path socket;
    private final Jobs jobs;
    private final QemuCommands commands;
    private final List<Holding> holdings;

    /**
     * Returns once the QEMU has greeted.
     *
     * @param given its monitor
     * @param monitors lent
     * @param upgrade what the guest's clients may have the daemon replaced by
     * @param endings hears why the guest ends of its own accord; must return at once
     */
    QemuService(Path given, GuestSetup setup, GuestMonitors monitors, InheritedGuest inheritance,
            Optional<Upgrade> upgrade, Consumer<Ending> endings) throws IOException {
        // The guest may have moved to another QEMU since.
        socket = inheritance.has(QEMU) ? Holdings.Place.socket(inheritance.take(QEMU)).orElse(given) : given;
        try {
            var link = owned.own(new MonitorLink(socket, QEMU_PATIENCE, monitors::passOn,
                    why -> endings.accept(new Ending.QemuLost(String.valueOf(why.getMessage())))));
            jobs = owned.own(new Jobs(monitors::jobStatus));
            monitors.sendMigrationEvents(true); // it is the QEMU that knows who wants them
            commands = owned.own(new QemuCommands(link, upgrade, jobs, monitors::migrationStatus,
                    setup.guest().sealsFiles()));
            holdings = List.of(new Holdings.Ended(jobs),
                    new Holdings.QemuPlace(new Holdings.Place(QEMU, link), commands));
            inheritance.noteTheRest();
        } catch (QmpException e) {
            owned.close();
            throw new IOException("--qemu " + socket + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException | Error e) {
            owned.close();
            throw e;
        }
    }

    /** It stays where it is. */
    @Override
    public boolean arrive() {
        return false;
    }

    @Override
    public CommandSet begin() {
        return commands;
    }

    @Override
    public List<Holding> holdings() {
        return holdings;
    }

    @Override
    public ObjectNode describe(ObjectNode info) {
        return info.put("kind", "qemu");
    }

    @Override
    public LongWork work() {
        return new LongWork(jobs, Optional.empty(), Optional.empty());
    }

    @Override
    public String summary() {
        return "is the one of the QEMU behind '" + socket + "'";
    }

    @Override
    public void close() {
        owned.close();
    }
}
