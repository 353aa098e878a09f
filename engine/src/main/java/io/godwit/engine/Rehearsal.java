package io.godwit.engine;

import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.workload.WorkloadGuest;
import io.godwit.engine.guest.workload.WorkloadPlan;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few migrations of a small workload within this process, over a socket pair, through a file and into one in the background, and as
 * between two processes of this host, right after its start. They load, link and
 * compile what a real migration needs, which would otherwise happen while a guest stands still and cost it a good part of
 * its first second. Runs on a thread of its own, touches no guest of the user's, and leaves nothing behind.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    /** 32 MiB in all: many times the calls of what is done per page that the JVM's quick compiler waits for. */
    private static final int ROUNDS = 2;
    private static final long PAGES = 4096;
    private static final WorkloadPlan PLAN = new WorkloadPlan(1, PAGES, PAGES / 2, 100_000);
    /** What the workload needs to fill its memory, more or less. */
    private static final long FILL_NANOS = 20_000_000;
    private static final MigrationOptions BY_SOCKET = options(MigrationCapability.RETURN_PATH);
    private static final MigrationOptions BY_POSTCOPY = options(MigrationCapability.POSTCOPY_RAM);
    private static final MigrationOptions BY_FILE = options(MigrationCapability.MAPPED_RAM);
    private static final MigrationOptions IN_THE_BACKGROUND = options(MigrationCapability.MAPPED_RAM,
            MigrationCapability.BACKGROUND_SNAPSHOT);

    private Rehearsal() {}

    private static MigrationOptions options(MigrationCapability... capabilities) {
        return new MigrationOptions(MigrationCapabilities.of(Set.of(capabilities)), () -> MigrationParameters.DEFAULTS,
                Optional.empty(), false);
    }

    /** Begins; the thread {@code rehearsal} ends by itself within a second or two. */
    public static Thread begin() {
        return Thread.ofPlatform().name("rehearsal").daemon().start(Rehearsal::run);
    }

    private static void run() {
        long began = System.nanoTime();
        try {
            for (int i = 0; i < ROUNDS; i++) {
                overSocket(BY_SOCKET);
            }
            overSocket(BY_POSTCOPY);
            throughFile();
            inTheBackground();
            toAnotherProcess(Way.HANDOVER);
            toAnotherProcess(Way.FLIP);
            LOG.debug("rehearsed in {} ms", (System.nanoTime() - began) / 1_000_000);
        } catch (IOException | MigrationException | RuntimeException e) {
            LOG.warn("the rehearsal of a migration failed; the first real one will be slower: {}", e.getMessage());
        }
    }

    /** With postcopy the guest goes first, and runs, so that it misses its pages. */
    private static void overSocket(MigrationOptions options) throws IOException, MigrationException {
        List<Fd> ends = StreamSocket.pair();
        try (WorkloadGuest guest = guest(PLAN, false); WorkloadGuest target = guest(PLAN, true)) {
            OutgoingMigration out = leaving(guest, end(ends.get(0)), options);
            IncomingMigration in = arriving(target, end(ends.get(1)), options);
            in.start();
            out.start();
            if (options.equals(BY_POSTCOPY)) {
                out.startPostcopy();
            }
            out.join();
            in.join();
        }
    }

    /** The file is in memory and has no name. */
    private static void throughFile() throws IOException, MigrationException {
        try (Fd file = MemFd.createFile("godwit-rehearsal");
                WorkloadGuest guest = guest(PLAN, false);
                WorkloadGuest target = guest(PLAN, true)) {
            OutgoingMigration out = leaving(guest, image(file), BY_FILE);
            out.start();
            out.join();
            IncomingMigration in = arriving(target, image(file), BY_FILE);
            in.start();
            in.join();
        }
    }

    /** The guest writes on while it is saved. */
    private static void inTheBackground() throws IOException, MigrationException {
        try (Fd file = MemFd.createFile("godwit-rehearsal"); WorkloadGuest guest = guest(PLAN, false)) {
            OutgoingMigration out = leaving(guest, image(file), IN_THE_BACKGROUND);
            out.start();
            out.join();
        }
    }

    private static void toAnotherProcess(Way way) throws IOException, MigrationException {
        List<Fd> ends = StreamSocket.pair();
        try (WorkloadGuest guest = way == Way.HANDOVER ? guestInMemfd(PLAN) : guest(PLAN, false);
                WorkloadGuest target = guest(PLAN, true)) {
            OutgoingMigration out = leaving(guest, end(ends.get(0)), BY_SOCKET, Optional.of(way));
            IncomingMigration in = arriving(target, end(ends.get(1)), BY_SOCKET);
            in.start();
            out.start();
            out.join();
            in.join();
        }
    }

    private static OutgoingMigration leaving(WorkloadGuest guest, Endpoint to, MigrationOptions options)
            throws IOException, MigrationException {
        return leaving(guest, to, options, Optional.empty());
    }

    private static OutgoingMigration leaving(WorkloadGuest guest, Endpoint to, MigrationOptions options,
            Optional<Way> localhost) throws IOException, MigrationException {
        GuestRun run = new GuestRun(guest, RunState.PRELAUNCH, true, GuestRun.Listener.NONE);
        run.cont();
        LockSupport.parkNanos(FILL_NANOS);
        return new OutgoingMigration(to, guest, run, options, status -> {}, PassListener.NONE,
                new FaultStatistics(), localhost);
    }

    private static IncomingMigration arriving(WorkloadGuest guest, Endpoint from, MigrationOptions options)
            throws MigrationException {
        GuestRun run = new GuestRun(guest, RunState.INMIGRATE, options.equals(BY_POSTCOPY), GuestRun.Listener.NONE);
        return new IncomingMigration(from, guest, run, options, status -> {}, reason -> {});
    }

    private static WorkloadGuest guest(WorkloadPlan plan, boolean incoming) throws IOException {
        var ram = new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.anonymous(PAGES * RamBlock.PAGE_SIZE));
        return WorkloadGuest.create(plan, ram, incoming);
    }

    private static WorkloadGuest guestInMemfd(WorkloadPlan plan) throws IOException {
        long bytes = PAGES * RamBlock.PAGE_SIZE;
        try (Fd memfd = MemFd.create("godwit-rehearsal", bytes)) {
            return WorkloadGuest.create(plan, new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.shared(memfd, bytes)),
                    false);
        }
    }

    private static Endpoint end(Fd fd) {
        return new Endpoint.Descriptor(forWriting -> fd, OptionalLong.empty());
    }

    private static Endpoint image(Fd file) {
        return new Endpoint.Descriptor(forWriting -> file.duplicate(), OptionalLong.of(0));
    }
}
