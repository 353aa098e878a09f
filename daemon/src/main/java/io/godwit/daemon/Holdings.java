package io.godwit.daemon;

import io.godwit.daemon.command.qemu.QemuCommands;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.daemon.restore.Pager;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.MigrationEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/** What a daemon consists of, as its successor takes it over; each by a name that both know. */
final class Holdings {
    static final String MONITORS = "monitors";
    static final String METRICS = "metrics";
    static final String SERIAL = "serial";
    static final String PIDFILE = "pidfile";
    static final String CONTROL = "control";
    static final String GUESTS = "guests";

    private static final Logger LOG = LoggerFactory.getLogger(Holdings.class);

    private Holdings() {}

    /** The sockets at which clients connect: in their order, and no attempt is refused meanwhile. */
    record Monitors(String name, List<QmpServer> servers) implements Holding {
        @Override
        public Part lend() {
            return Part.of(servers.stream().map(QmpServer::listening).toList());
        }

        @Override
        public void leave() {
            servers.forEach(QmpServer::leave);
        }
    }

    /** What belongs to one guest among others. */
    record OfGuest(String guest, Holding holding) implements Holding {
        @Override
        public String name() {
            return InheritedGuest.prefix(guest) + holding.name();
        }

        @Override
        public Part lend() throws IOException {
            return blaming(holding::lend);
        }

        @Override
        public void move() throws IOException {
            blaming(() -> {
                holding.move();
                return holding;
            });
        }

        @Override
        public boolean give() throws IOException {
            return blaming(holding::give);
        }

        private interface Step<T> {
            T take() throws IOException;
        }

        private <T> T blaming(Step<T> step) throws IOException {
            try {
                return step.take();
            } catch (IOException e) {
                throw new IOException("guest '" + guest + "': " + e.getMessage(), e);
            }
        }

        @Override
        public void keep() {
            holding.keep();
        }

        @Override
        public void leave() {
            holding.leave();
        }
    }

    /** The socket at which metrics are scraped. */
    record Scraped(Metrics metrics) implements Holding {
        @Override
        public String name() {
            return METRICS;
        }

        @Override
        public Part lend() {
            return Part.of(List.of(metrics.listening()));
        }

        @Override
        public void leave() {
            metrics.leave();
        }
    }

    /** COM1's other end. */
    record SerialPort(MigrationEngine engine) implements Holding {
        @Override
        public String name() {
            return SERIAL;
        }

        @Override
        public Part lend() {
            return Part.of(engine.passOnSerial());
        }

        @Override
        public void keep() {
            engine.serveSerial();
        }
    }

    /** The file is written anew by the process that has it next. */
    record ProcessId(Pidfile file) implements Holding {
        @Override
        public String name() {
            return PIDFILE;
        }

        @Override
        public Part lend() {
            return Part.of(List.of());
        }

        @Override
        public void leave() {
            file.leave();
        }
    }

    /** Restores that go on: they pause until their state file has been read by the next process. */
    record Restores(Pager pager) implements Holding {
        @Override
        public String name() {
            return "restores";
        }

        @Override
        public Part lend() throws IOException {
            if (!pager.canBeLeft()) {
                throw new IOException(
                        "a restore is under way, and without --restores FILE no other process can go on with it");
            }
            return Part.of(List.of());
        }

        @Override
        public void leave() {
            pager.close();
        }
    }

    /** Jobs end with the process: they must have ended before. */
    record Ended(Jobs jobs) implements Holding {
        @Override
        public String name() {
            return "jobs";
        }

        @Override
        public Part lend() throws IOException {
            if (!jobs.areConcluded()) {
                throw new IOException("a job is under way, and no other process can go on with it");
            }
            return Part.of(List.of());
        }
    }

    /** The place at somebody else's monitor, of which there is one. */
    record Place(String name, MonitorLink link) implements Holding {
        private static final String SOCKET = "socket";

        @Override
        public Part lend() {
            link.makeWay();
            return new Part(JsonNodeFactory.instance.objectNode().put(SOCKET,
                    link.socket().toAbsolutePath().toString()), List.of());
        }

        /** Where the monitor is by now, if the part says so. */
        static Optional<Path> socket(Part part) {
            return part.data().path(SOCKET).stringValueOpt().map(Path::of);
        }

        @Override
        public void keep() {
            try {
                link.monitor();
            } catch (IOException e) {
                LOG.warn("{} is connected to again when it is needed: {}", name, e.getMessage());
            }
        }

        @Override
        public void leave() {
            link.close();
        }
    }

    /** The place at the monitor of the guest's QEMU: not while the guest is on its way to another one. */
    record QemuPlace(Place place, QemuCommands commands) implements Holding {
        @Override
        public String name() {
            return place.name();
        }

        @Override
        public Part lend() throws IOException {
            if (commands.isGuestMoving()) {
                throw new IOException(
                        "the guest is on its way to another QEMU, and no other process can go on with that");
            }
            return place.lend();
        }

        @Override
        public void keep() {
            place.keep();
        }

        @Override
        public void leave() {
            place.leave();
        }
    }
}
