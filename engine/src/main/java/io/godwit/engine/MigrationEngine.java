package io.godwit.engine;

import io.godwit.engine.dirtyrate.DirtyRate;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.guest.kvm.KvmGuest;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.localhost.LocalhostSource;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.LatencyCounts;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.KernelRefused;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.HeldGuestInfo;
import io.godwit.protocol.qapi.LocalhostMigrateMode;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest and its migrations. Every method may be called from any thread and returns without waiting for a migration;
 * {@link #stop}, {@link #cont} and {@link #systemReset} wait for the vCPUs. Refusals change nothing.
 */
public final class MigrationEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationEngine.class);
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    /** How often to look whether what is waited for has ended instead. */
    private static final long END_LOOK_NANOS = 20_000_000;

    private final GuestSpec spec;
    private final EngineEvents events;
    private final Guest guest;
    private final GuestRun run;
    private final DirtyRate dirtyRate;
    private final FaultStatistics writeFaults = new FaultStatistics();
    private final MigrationTotals totals = new MigrationTotals();
    private volatile MigrationCapabilities capabilities = MigrationCapabilities.NONE;
    private volatile MigrationParameters parameters = MigrationParameters.DEFAULTS;
    private volatile @Nullable IncomingMigration incoming;
    private volatile @Nullable OutgoingMigration outgoing;
    /** Of the two, the one that began later: the one whose status is shown. */
    private volatile @Nullable MigrationState latest;
    private boolean closed;

    private MigrationEngine(GuestSpec spec, EngineEvents events) throws IOException {
        this.spec = spec;
        this.events = events;
        guest = GuestFactory.create(spec, new GuestsOwnDoings());
        dirtyRate = new DirtyRate(guest instanceof NativeGuest here ? here.ram() : List.of());
        RunState initial = spec.incoming() ? RunState.INMIGRATE : RunState.PRELAUNCH;
        run = new GuestRun(guest, initial, !spec.startPaused(), new RunStateEvents(events));
    }

    /** Makes the guest and, unless it waits for a migration or is to start paused, lets it run. */
    public static MigrationEngine start(GuestSpec spec, EngineEvents events) throws IOException {
        var engine = new MigrationEngine(spec, events);
        if (!spec.incoming() && !spec.startPaused()) {
            try {
                engine.run.cont();
            } catch (Refused impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        return engine;
    }

    /** The spec it was started with. */
    public GuestSpec spec() {
        return spec;
    }

    public RunState runState() {
        return run.state();
    }

    /** Pauses the guest. While it waits for a migration: it will not run on arrival. */
    public void stop() {
        run.stop();
    }

    /** Lets the guest run. While it waits for a migration: it will run on arrival. */
    public void cont() throws MigrationException {
        run.cont();
    }

    /** Back to power-on; a running guest goes on running. */
    public void systemReset() throws MigrationException {
        run.systemReset();
    }

    /** What a guest does of its own accord. It tells from its own threads, which a pause must be able to wait for. */
    private final class GuestsOwnDoings implements KvmGuest.Listener {

        @Override
        public void crashed(String reason) {
            LOG.error("guest '{}' has stopped: {}", spec.name(), reason);
            Thread.ofPlatform().name("guest-crashed").daemon().start(run::crashed);
        }

        @Override
        public void reset() {
            LOG.info("guest '{}' has reset itself", spec.name());
            events.reset(true);
        }
    }

    /** The host thread of each vCPU, by index. */
    public List<Integer> cpuThreadIds() {
        return guest.cpuThreadIds();
    }

    public MigrationCapabilities capabilities() {
        return capabilities;
    }

    /** Replaces the set, which the caller has checked for contradictions. Refused while a migration runs. */
    public synchronized void setCapabilities(MigrationCapabilities capabilities) throws MigrationException {
        refuseWhileRunning();
        this.capabilities = capabilities;
    }

    /** Whether an outgoing migration is between setup and its end. */
    public boolean migrationRunning() {
        OutgoingMigration out = outgoing;
        return out != null && out.state().status().isRunning();
    }

    private void refuseWhileRunning() throws Refused {
        if (migrationRunning()) {
            throw new Refused("There's a migration process in progress");
        }
    }

    public MigrationParameters parameters() {
        return parameters;
    }

    /** Replaces the parameters; limits take effect on a running migration at once. */
    public void setParameters(MigrationParameters parameters) {
        this.parameters = parameters;
    }

    /** Starts an outgoing migration. Status {@code setup} has been told when this returns. */
    public synchronized void migrate(Endpoint endpoint, boolean resume) throws MigrationException {
        if (resume) {
            resume(endpoint);
            return;
        }
        outgoing(endpoint, options(), Optional.empty()).start();
    }

    /** As {@link #migrate}, to another process of this host that listens at a unix socket; RAM goes as {@code mode} says. */
    public synchronized void localhostMigrate(Endpoint endpoint, LocalhostMigrateMode mode)
            throws MigrationException {
        Way way = LocalhostSource.way(guest, mode);
        outgoing(endpoint, options(), Optional.of(way)).start();
    }

    /**
     * Starts to give the guest to the process at the other end of {@code socket}, whatever the capabilities and limits here: as
     * {@link #localhostMigrate} where it runs here, as a stream when it is only held. When it has completed, the guest is whole
     * there. Takes ownership of the socket.
     */
    @SuppressWarnings("exports") // Fd is exported to the daemon, the only module that passes descriptors.
    public synchronized void passOn(Fd socket) throws MigrationException {
        var endpoint = new Endpoint.Descriptor(forWriting -> socket, OptionalLong.empty());
        var options = new MigrationOptions(
                MigrationCapabilities.NONE.with(MigrationCapability.RETURN_PATH, true),
                () -> MigrationParameters.DEFAULTS.unlimited(),
                spec.uuid(), false);
        try {
            outgoing(endpoint, options, guest instanceof HeldGuest
                    ? Optional.empty()
                    : Optional.of(LocalhostSource.way(guest, LocalhostMigrateMode.AUTO))).start();
        } catch (MigrationException e) {
            socket.close();
            throw e;
        }
    }

    /** Waits for the outgoing migration's end; why it has failed, or empty when it has not. */
    public Optional<String> awaitOutgoing() {
        OutgoingMigration out = outgoing;
        if (out == null) {
            return Optional.of("no migration has been started");
        }
        out.join();
        return failure(out.state());
    }

    /** As {@link #awaitOutgoing}, of the incoming one. */
    public Optional<String> awaitIncoming() {
        IncomingMigration in = incoming;
        if (in == null) {
            return Optional.of("no migration has been started");
        }
        in.join();
        return failure(in.state());
    }

    private static Optional<String> failure(MigrationState state) {
        return state.status() == MigrationStatus.COMPLETED
                ? Optional.empty()
                : Optional.of(state.errorDesc().orElse("migration " + state.status().qapiName()));
    }

    /**
     * Whether there is no guest yet that could be given to anybody.
     *
     * @throws Refused when one is on its way here
     */
    public boolean isEmpty() throws MigrationException {
        IncomingMigration in = incoming;
        if (in != null && in.state().status().isRunning()) {
            throw new Refused("Guest is waiting for an incoming migration");
        }
        return run.state() == RunState.INMIGRATE;
    }

    /**
     * The descriptors of COM1's other end, lent, with which another process is to go on: nobody is listened to any more, though
     * what the guest says still goes out. Empty where it is no socket.
     */
    @SuppressWarnings("exports") // As above.
    public List<Fd> passOnSerial() {
        return guest instanceof KvmGuest machine ? machine.serial().passOn() : List.of();
    }

    /** Serves COM1's other end, after {@link #passOnSerial} or when it has come from another process. */
    public void serveSerial() {
        if (guest instanceof KvmGuest machine) {
            machine.serial().serve();
        }
    }

    /**
     * Opens and checks everything for a migration that is begun later, together with something else: in the background
     * (capability background-snapshot is on for it, as the caller has checked against the others) or, of a guest that is paused,
     * a plain one. Status {@code setup} has been told when this returns. Waits for a peer to be connected; a {@link #cancel} ends that.
     */
    public PreparedMigration prepareSnapshot(Endpoint endpoint) throws MigrationException {
        OutgoingMigration next;
        synchronized (this) {
            MigrationCapabilities with = capabilities.with(MigrationCapability.BACKGROUND_SNAPSHOT,
                    run.state() == RunState.RUNNING);
            next = outgoing(endpoint, options(with), Optional.empty());
            next.prepare();
        }
        next.awaitPrepared();
        return new PreparedMigration(next);
    }

    /** The next outgoing migration, which has not been started yet, in the place of the last one. */
    private OutgoingMigration outgoing(Endpoint endpoint, MigrationOptions options, Optional<Way> localhost)
            throws MigrationException {
        refuseWhileRunning();
        if (run.gone().isPresent()) {
            throw new Refused(run.gone().get());
        }
        if (run.lacksRam()) {
            throw new Refused("Cannot migrate the guest while RAM of it is still on its way here (postcopy)");
        }
        switch (run.state()) {
            case INMIGRATE -> throw new Refused("Guest is waiting for an incoming migration");
            case POSTMIGRATE -> {
                if (guest.cannotRun().isEmpty()) { // one that cannot run here cannot be run twice for being sent twice
                    throw new Refused("Can't migrate the vm that was paused due to previous migration");
                }
            }
            default -> {
            }
        }
        OutgoingMigration next;
        try {
            next = new OutgoingMigration(endpoint, guest, run, options, this::outgoingStatus, new Passes(),
                    writeFaults, localhost);
        } catch (IOException e) {
            throw new KernelRefused("Cannot start a migration: " + e.getMessage(), e);
        }
        OutgoingMigration last = outgoing;
        if (last != null) {
            last.join(); // it has shown its last status, so this is the blink of its thread's end
            totals.add(last.counters());
        }
        outgoing = next;
        latest = next.state();
        return next;
    }

    private void resume(Endpoint endpoint) throws Refused {
        OutgoingMigration out = outgoing;
        if (out == null) {
            throw new Refused("Cannot resume if there is no paused migration");
        }
        out.resume(endpoint);
    }

    /** Lets the guest go over before its memory has come, as soon as can be; does nothing once it has. */
    public void startPostcopy() throws MigrationException {
        if (!capabilities.has(MigrationCapability.POSTCOPY_RAM)) {
            throw new Refused("Enable postcopy with migrate_set_capability before the start of migration");
        }
        OutgoingMigration out = outgoing;
        if (out == null) {
            throw new Refused("Postcopy must be started after migration has been started");
        }
        out.startPostcopy();
    }

    /** Breaks the connection of a postcopy off, to be resumed on another. */
    public void pausePostcopy() throws MigrationException {
        IncomingMigration in = incoming;
        if (in != null && in.pause()) {
            return;
        }
        OutgoingMigration out = outgoing;
        if (out == null || !out.state().isPostcopy()) {
            throw new Refused(
                    "migrate-pause is currently only supported during postcopy-active or postcopy-recover state");
        }
        out.pause();
    }

    /** Has a paused postcopy destination listen anew for its source. */
    public void recover(Endpoint endpoint) throws MigrationException {
        IncomingMigration in = incoming;
        if (in == null) {
            throw new Refused("Migrate recover can only be run when postcopy is paused.");
        }
        in.recover(endpoint);
    }

    private MigrationOptions options() {
        return options(capabilities);
    }

    private MigrationOptions options(MigrationCapabilities with) {
        return new MigrationOptions(with, this::parameters, spec.uuid(), spec.sealsFiles());
    }

    private void outgoingStatus(MigrationStatus status) {
        LOG.info("guest '{}': outgoing migration {}", spec.name(), status.qapiName());
        totals.count(status);
        events.migrationStatus(status);
    }

    /** One log line a pass, and the event. */
    private final class Passes implements PassListener {

        @Override
        public void passBegins(long number) {
            events.migrationPass(number);
        }

        @Override
        public void passEnded(PassReport report) {
            LOG.info("guest '{}': pass {}: {} bytes in {} ms, {} pages dirtied meanwhile, expected downtime {} ms",
                    spec.name(), report.number(), report.sentBytes(), report.nanos() / NANOS_PER_MILLISECOND,
                    report.dirtiedPages(), report.expectedDowntimeNanos() / NANOS_PER_MILLISECOND);
        }
    }

    private void incomingStatus(MigrationStatus status) {
        LOG.info("guest '{}': incoming migration {}", spec.name(), status.qapiName());
        totals.count(status);
        events.migrationStatus(status);
    }

    /** Listens for, or reads, an incoming migration. Status {@code setup} has been told when this returns. */
    public synchronized void migrateIncoming(Endpoint endpoint, boolean exitOnError) throws MigrationException {
        if (!spec.incoming()) {
            throw new Refused("'-incoming' was not specified on the command line");
        }
        refuseWhileRunning();
        if (spec.ram() instanceof GuestSpec.Ram.MappedRamFile && capabilities.multifdPackets()) {
            throw new Refused("RAM that is a file is written by one thread: switch multifd off at both sides");
        }
        IncomingMigration last = incoming;
        if (last != null) {
            if (guest.cannotRun().isEmpty() || last.state().status().isRunning()) {
                throw new Refused("The incoming migration has already been started");
            }
            last.join(); // it has shown its last status, so this is the blink of its thread's end
            totals.addReceived(last.counters());
        }
        var next = new IncomingMigration(endpoint, guest, run, options(), this::incomingStatus, reason -> {
            if (exitOnError) {
                events.incomingFailed(reason);
            }
        });
        incoming = next;
        latest = next.state();
        next.start();
    }

    /**
     * Waits until the incoming migration has brought a page: from then on its source has begun to send RAM, whatever status it
     * shows. False when it ends before, or none comes within {@code patience}.
     */
    public boolean awaitFirstPage(Duration patience) throws InterruptedException {
        IncomingMigration in = incoming;
        long end = System.nanoTime() + patience.toNanos();
        while (in != null && System.nanoTime() < end) {
            if (in.counters().awaitFirstPage(END_LOOK_NANOS)) {
                return true;
            }
            if (!in.state().status().isRunning()) {
                return false;
            }
        }
        return false;
    }

    /**
     * Cancels an outgoing migration; does nothing when there is none. Status {@code cancelling} has been told then. Refused when
     * the guest has been given away before its memory.
     */
    public void cancel() throws MigrationException {
        OutgoingMigration out = outgoing;
        if (out != null && out.state().isPostcopy()) {
            throw new Refused("Postcopy migration in progress, cannot cancel.");
        }
        cancelIfPossible();
    }

    /** As {@link #cancel}, but never refused. */
    public void cancelIfPossible() {
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.cancel();
        }
    }

    /** Whether there is a connection that {@link #yank} would break, or that is broken and may be made anew. */
    public boolean hasConnection() {
        IncomingMigration in = incoming;
        return migrationRunning() || (in != null && in.hasLink());
    }

    /** Breaks the connection of an outgoing migration or of an incoming postcopy off: QMP's yank. */
    public void yank() {
        IncomingMigration in = incoming;
        if (in != null && in.pause()) {
            return;
        }
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.yank();
        }
    }

    /** Leaves pre-switchover. {@code state} must be the present status. */
    public void continueFrom(MigrationStatus state) throws MigrationException {
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.continueFrom(state);
        } else if (state != MigrationStatus.NONE) {
            throw new Refused("Migration not in expected state: " + MigrationStatus.NONE.qapiName());
        }
    }

    public MigrationInfo queryMigrate() {
        OutgoingMigration out = outgoing;
        IncomingMigration in = incoming;
        if (in != null && in.state() == latest) {
            return MigrationReport.of(in);
        }
        long ramBytes = guest.ram().stream().mapToLong(RamBlock::byteSize).sum();
        return out != null ? MigrationReport.of(out, ramBytes) : MigrationInfo.NONE;
    }

    /** The kernel's id of the thread of an outgoing migration, while there is one. */
    public OptionalInt migrationThreadId() {
        OutgoingMigration out = outgoing;
        return out == null ? OptionalInt.empty() : out.threadId();
    }

    /** Numbers for metrics; costs a few loads and never asks the guest. */
    public MigrationStatistics statistics() {
        MigrationState state = latest;
        return totals.with(state == null ? MigrationStatus.NONE : state.status(), incoming, outgoing);
    }

    /** How long the guest's writes have waited for background snapshots, for metrics. */
    public LatencyCounts writeFaults() {
        return writeFaults.counts().served();
    }

    /**
     * Begins to measure how fast the guest writes its RAM. Refused while that is being done.
     *
     * @param samplePages how many pages of each GiB to look at, up to 16384
     */
    public void startDirtyRate(Duration calcTime, int samplePages) throws MigrationException {
        if (guest.cannotRun().isPresent()) {
            throw new Refused("Nobody writes the RAM of a guest that is only held");
        }
        dirtyRate.start(calcTime, samplePages);
    }

    /** How the present or last measurement of the dirty rate stands. */
    public DirtyRateInfo dirtyRate() {
        return dirtyRate.info();
    }

    /** What is held, when the guest is a held one and something has arrived; otherwise refused. */
    public HeldGuestInfo queryHeld() throws MigrationException {
        if (!(guest instanceof HeldGuest held)) {
            throw new Refused("This guest runs here: only a held guest (--accel none) can be looked into");
        }
        try {
            return run.whileStill(held::info).orElseThrow(() -> new Refused("Nothing is held yet"));
        } catch (IOException e) {
            throw new KernelRefused("What is held cannot be told: " + e.getMessage(), e);
        }
    }

    /** Checks the guest's memory, pausing it meanwhile: how many pages were checked and how far its program has come. */
    public String verify() throws MigrationException {
        try {
            return switch (run.whileStill(guest::verify)) {
                case Verification.Intact(long pages, long progress) ->
                    "intact: %d pages checked, progress %d".formatted(pages, progress);
                case Verification.Broken(String finding) ->
                    throw new Refused("The guest's memory is damaged: " + finding);
                case Verification.Unknown(String reason) ->
                    throw new Refused("The guest's memory cannot be checked: " + reason);
            };
        } catch (IOException e) {
            throw new KernelRefused("The guest's memory cannot be checked: " + e.getMessage(), e);
        }
    }

    /** Writes {@code length} bytes of RAM, as it lies in its first block, to a new file: QMP's {@code pmemsave}. */
    public void saveMemory(long address, long length, Path file) throws MigrationException {
        try {
            run.whileStill(() -> {
                List<? extends RamBlock> ram = guest.ram();
                if (ram.isEmpty()) {
                    throw new IOException("Nothing is held yet");
                }
                MemoryDump.write(ram.getFirst(), address, length, file);
                return file;
            });
        } catch (IOException e) {
            throw new ChannelLost(String.valueOf(e.getMessage()), e);
        }
    }

    /** Breaks off what runs, stops the guest, gives everything back. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.cancel();
            out.breakOff();
            out.join();
        }
        IncomingMigration in = incoming;
        if (in != null) {
            in.breakOff();
            in.join();
        }
        dirtyRate.close();
        guest.close();
    }
}
