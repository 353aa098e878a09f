package io.godwit.engine;

import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.guest.kvm.BootImage;
import io.godwit.engine.guest.kvm.KvmGuest;
import io.godwit.engine.guest.kvm.SerialLine;
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
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few migrations of a small workload within this process, over tcp and a socket pair, through a file and into one in the background, and as
 * between two processes of this host, right after its start. They load, link and
 * compile what a real migration needs, which would otherwise happen while a guest stands still and cost it a good part of
 * its first second. Where the machine has no time to spare it is cut short. Runs on a thread of its own, touches no guest of the user's, and leaves nothing behind.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    /** 16 MiB, several times: many times the calls of what is done per page that the JVM's quick compiler waits for. */
    private static final long PAGES = 4096;
    private static final long RAM_BYTES = PAGES * RamBlock.PAGE_SIZE;
    private static final String KVM_RAM_NAME = "pc.ram";
    private static final WorkloadPlan PLAN = new WorkloadPlan(1, PAGES, PAGES / 2, 100_000);
    /** What the workload needs to fill its memory, more or less. */
    private static final long FILL_NANOS = 20_000_000;
    private static final long LOOK_NANOS = 1_000_000;
    /** As many as the quick compiler waits for, and some more. */
    private static final int REPORTS = 250;
    /** On a machine with nothing to spare the workload writes faster than its pages are sent; from then on it does not matter. */
    private static final long CONVERGING_NANOS = 3_000_000_000L;
    /** As long as that it may take from others on such a machine. */
    private static final long LONGEST_NANOS = 10_000_000_000L;

    private final MigrationOptions byMultifd = options(MigrationCapability.RETURN_PATH, MigrationCapability.MULTIFD);
    private final MigrationOptions byPostcopy = options(MigrationCapability.POSTCOPY_RAM,
            MigrationCapability.POSTCOPY_PREEMPT);
    private final MigrationOptions bySocket = options(MigrationCapability.RETURN_PATH);
    private final MigrationOptions byFile = options(MigrationCapability.MAPPED_RAM);
    private final MigrationOptions inTheBackground = options(MigrationCapability.MAPPED_RAM,
            MigrationCapability.BACKGROUND_SNAPSHOT);
    private final long began = System.nanoTime();
    private final boolean withKvm;
    private final Consumer<MigrationInfo> reader;

    private Rehearsal(boolean withKvm, Consumer<MigrationInfo> reader) {
        this.withKvm = withKvm;
        this.reader = reader;
    }

    private MigrationOptions options(MigrationCapability... capabilities) {
        return new MigrationOptions(MigrationCapabilities.of(Set.of(capabilities)), this::parameters, Optional.empty(),
                false);
    }

    private MigrationParameters parameters() {
        return nanos() < CONVERGING_NANOS ? MigrationParameters.DEFAULTS : MigrationParameters.DEFAULTS.anyDowntime();
    }

    private long nanos() {
        return System.nanoTime() - began;
    }

    /**
     * Begins; the thread {@code rehearsal} ends by itself within a second or two.
     *
     * @param kind of the daemon's guest: one on /dev/kvm has devices that others have not
     * @param reader does with what query-migrate would answer as with a real answer
     */
    public static Thread begin(GuestSpec.Kind kind, Consumer<MigrationInfo> reader) {
        var rehearsal = new Rehearsal(kind instanceof GuestSpec.Kvm, reader);
        return Thread.ofPlatform().name("rehearsal").daemon().start(rehearsal::run);
    }

    /** One migration or two. */
    @FunctionalInterface
    private interface Act {
        void play() throws IOException, MigrationException;
    }

    /**
     * Over tcp first: addresses are arrays, and the JVM throws away what it has compiled for native memory alone when it first
     * meets a segment over an array.
     */
    private void run() {
        play("on several connections", this::onSeveralConnections);
        play("by postcopy", this::guestFirst);
        play("over a socket", this::overSocket);
        play("through a file", this::throughFile);
        play("in the background", this::inTheBackground);
        play("by hand-over", () -> toAnotherProcess(Way.HANDOVER));
        play("by flip", () -> toAnotherProcess(Way.FLIP));
        LOG.debug("rehearsed in {} ms", nanos() / 1_000_000);
    }

    private void play(String how, Act act) {
        if (nanos() > LONGEST_NANOS) {
            LOG.info("a migration {} is not rehearsed, as this machine is too busy; the first real one will be slower",
                    how);
            return;
        }
        try {
            act.play();
        } catch (IOException | MigrationException | RuntimeException e) {
            LOG.warn("the rehearsal of a migration {} failed; the first real one will be slower: {}", how,
                    e.getMessage());
        }
    }

    /** It runs here, is held there, and goes on from there. */
    private void onSeveralConnections() throws IOException, MigrationException {
        try (WorkloadGuest guest = guest(false);
                HeldGuest held = HeldGuest.inMemory(RAM_BYTES);
                WorkloadGuest target = guest(true)) {
            overTcp(running(guest), awaiting(held, false), byMultifd);
            overTcp(new Side(held, new GuestRun(held, RunState.PAUSED, false, GuestRun.Listener.NONE)),
                    awaiting(target, false), byMultifd);
        }
    }

    /** It runs there without its pages, and misses them. */
    private void guestFirst() throws IOException, MigrationException {
        try (Guest guest = withKvm ? kvmGuest(false) : guest(false);
                Guest target = withKvm ? kvmGuest(true) : guest(true)) {
            overTcp(running(guest), awaiting(target, true), byPostcopy);
        }
    }

    private void overTcp(Side from, Side to, MigrationOptions options) throws IOException, MigrationException {
        IncomingMigration in = arriving(to, new Endpoint.Tcp("127.0.0.1", 0), options);
        in.start();
        ListeningAddress.Inet address = (ListeningAddress.Inet) in.addresses().getFirst();
        OutgoingMigration out = leaving(from, new Endpoint.Tcp(address.host(), address.port()), options,
                Optional.empty());
        out.start();
        if (options.equals(byPostcopy)) {
            out.startPostcopy();
        }
        end(out, in);
        for (int i = 0; i < REPORTS; i++) {
            reader.accept(MigrationReport.of(out, RAM_BYTES));
        }
    }

    private void overSocket() throws IOException, MigrationException {
        List<Fd> ends = StreamSocket.pair();
        try (WorkloadGuest guest = guest(false); WorkloadGuest target = guest(true)) {
            migrate(running(guest), awaiting(target, false), ends, bySocket, Optional.empty());
        }
    }

    /** The file is in memory and has no name. */
    private void throughFile() throws IOException, MigrationException {
        try (Fd file = MemFd.createFile("godwit-rehearsal");
                WorkloadGuest guest = guest(false);
                WorkloadGuest target = guest(true)) {
            save(guest, file, byFile);
            IncomingMigration in = arriving(awaiting(target, false), image(file), byFile);
            in.start();
            in.join();
        }
    }

    /** The guest writes on while it is saved. */
    private void inTheBackground() throws IOException, MigrationException {
        try (Fd file = MemFd.createFile("godwit-rehearsal"); WorkloadGuest guest = guest(false)) {
            save(guest, file, inTheBackground);
        }
    }

    private void save(WorkloadGuest guest, Fd file, MigrationOptions options)
            throws IOException, MigrationException {
        OutgoingMigration out = leaving(running(guest), image(file), options, Optional.empty());
        out.start();
        out.join();
    }

    private void toAnotherProcess(Way way) throws IOException, MigrationException {
        List<Fd> ends = StreamSocket.pair();
        try (WorkloadGuest guest = way == Way.HANDOVER ? guestInMemfd() : guest(false);
                WorkloadGuest target = guest(true)) {
            migrate(running(guest), awaiting(target, false), ends, bySocket, Optional.of(way));
        }
    }

    private static void migrate(Side from, Side to, List<Fd> ends, MigrationOptions options, Optional<Way> localhost)
            throws IOException, MigrationException {
        OutgoingMigration out = leaving(from, end(ends.get(0)), options, localhost);
        IncomingMigration in = arriving(to, end(ends.get(1)), options);
        in.start();
        out.start();
        end(out, in);
    }

    private static void end(OutgoingMigration out, IncomingMigration in) {
        while (out.state().status().isRunning() && out.state().status() != MigrationStatus.POSTCOPY_PAUSED) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (out.state().status() == MigrationStatus.POSTCOPY_PAUSED) {
            out.breakOff(); // nobody is there to resume it
        }
        out.join();
        if (out.state().status() != MigrationStatus.COMPLETED) {
            in.breakOff(); // who knows whether it ever had a peer
        }
        in.join();
    }

    /** A guest and its run state. */
    private record Side(Guest guest, GuestRun run) {}

    private static Side running(Guest guest) throws IOException, MigrationException {
        GuestRun run = new GuestRun(guest, RunState.PRELAUNCH, true, GuestRun.Listener.NONE);
        run.cont();
        LockSupport.parkNanos(FILL_NANOS);
        return new Side(guest, run);
    }

    private static Side awaiting(Guest guest, boolean runs) {
        return new Side(guest, new GuestRun(guest, RunState.INMIGRATE, runs, GuestRun.Listener.NONE));
    }

    private static OutgoingMigration leaving(Side side, Endpoint to, MigrationOptions options,
            Optional<Way> localhost) throws IOException {
        return new OutgoingMigration(to, side.guest, side.run, options, status -> {}, PassListener.NONE,
                new FaultStatistics(), localhost);
    }

    private static IncomingMigration arriving(Side side, Endpoint from, MigrationOptions options)
            throws MigrationException {
        return new IncomingMigration(from, side.guest, side.run, options, status -> {}, reason -> {});
    }

    private static KvmGuest kvmGuest(boolean incoming) throws IOException {
        var listener = new KvmGuest.Listener() {
            @Override
            public void crashed(String reason) {}

            @Override
            public void reset() {}
        };
        return KvmGuest.create(new MemoryBlock(KVM_RAM_NAME, Mapping.anonymous(RAM_BYTES)), 1,
                BootImage.builtIn(RAM_BYTES), SerialLine.none(), incoming, listener);
    }

    private static WorkloadGuest guest(boolean incoming) throws IOException {
        var ram = new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.anonymous(RAM_BYTES));
        return WorkloadGuest.create(PLAN, ram, incoming);
    }

    private static WorkloadGuest guestInMemfd() throws IOException {
        try (Fd memfd = MemFd.create("godwit-rehearsal", RAM_BYTES)) {
            return WorkloadGuest.create(PLAN, new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.shared(memfd, RAM_BYTES)),
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
