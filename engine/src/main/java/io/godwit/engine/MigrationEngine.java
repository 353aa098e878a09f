package io.godwit.engine;

import io.godwit.engine.contract.Offers;
import io.godwit.engine.dirtyrate.DirtyRate;
import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.Guest;
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
import io.godwit.engine.migration.MigrationException.KernelRefused;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.FreePagesInfo;
import io.godwit.protocol.qapi.HeldGuestInfo;
import io.godwit.protocol.qapi.LocalhostMigrateMode;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.MigrationTerms;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest and its migrations. Every method may be called from any thread and returns without waiting for a migration;
 * {@link #stop}, {@link #cont} and {@link #systemReset} wait for the vCPUs. Refusals change nothing.
 */
public final class MigrationEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationEngine.class);

    private final GuestSpec spec;
    private final EngineEvents events;
    private final Guest guest;
    private final GuestRun run;
    private final DirtyRate dirtyRate;
    private final FaultStatistics writeFaults = new FaultStatistics();
    private final Migrations migrations;
    private volatile MigrationCapabilities capabilities = MigrationCapabilities.NONE;
    private volatile MigrationParameters parameters = MigrationParameters.DEFAULTS;
    private boolean closed;

    private MigrationEngine(GuestSpec spec, EngineEvents events) throws IOException {
        this.spec = spec;
        this.events = events;
        migrations = new Migrations(spec.name(), events);
        guest = GuestFactory.create(spec, new GuestsOwnDoings());
        guest.freePages().ifPresent(free -> free.balloon().onChange(events::balloonChanged));
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
        migrations.refuseWhileLeaving();
        this.capabilities = capabilities;
    }

    /** Whether an outgoing migration is between setup and its end. */
    public boolean migrationRunning() {
        return migrations.leaving();
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

    /**
     * As {@link #migrate}, but within {@code terms}. Reads a sample of RAM before it begins.
     *
     * @throws Refused also when it is plain that they cannot be kept
     */
    public synchronized void migrate(Endpoint endpoint, MigrationTerms terms) throws MigrationException {
        if (terms.isEmpty()) {
            migrate(endpoint, false);
            return;
        }
        refuseToMigrate();
        outgoing(endpoint, Offers.accept(terms, guest, options()), Optional.empty()).start();
    }

    /** As {@link #migrate}, to another process of this host that listens at a unix socket; RAM goes as {@code mode} says. */
    public synchronized void localhostMigrate(Endpoint endpoint, LocalhostMigrateMode mode)
            throws MigrationException {
        Way way = LocalhostSource.way(guest, mode);
        outgoing(endpoint, options(), Optional.of(way)).start();
    }

    /**
     * Starts to give the guest to the process at the other end of {@code socket}, whatever the capabilities and limits here: as
     * {@link #localhostMigrate} where it runs here, as a stream when it is only held. When all but the giving is done it waits for
     * {@link #decide}. When it has completed, the guest is whole there. Takes ownership of the socket.
     */
    @SuppressWarnings("exports") // Fd is exported to the daemon, the only module that passes descriptors.
    public synchronized void passOn(Fd socket) throws MigrationException {
        var endpoint = new Endpoint.Descriptor(forWriting -> socket, OptionalLong.empty());
        var options = new MigrationOptions(
                MigrationCapabilities.NONE.with(MigrationCapability.RETURN_PATH, true),
                () -> MigrationParameters.DEFAULTS.unlimited(),
                spec.uuid(), false);
        try {
            OutgoingMigration out = outgoing(endpoint, options, guest instanceof HeldGuest
                    ? Optional.empty()
                    : Optional.of(LocalhostSource.way(guest, LocalhostMigrateMode.AUTO)));
            out.handOver().wantDecision();
            out.start();
        } catch (MigrationException e) {
            socket.close();
            throw e;
        }
    }

    /** Waits until all but the giving is done of what {@link #passOn} has begun; why it has failed, or empty when it has not. */
    public Optional<String> awaitReady() {
        boolean ready = migrations.outgoing().map(out -> out.handOver().awaitReady()).orElse(false);
        return ready ? Optional.empty() : awaitOutgoing();
    }

    /** Whether a guest that waits for it is given away; {@link #awaitOutgoing} tells whether it was. */
    public void decide(boolean give) {
        migrations.outgoing().ifPresent(out -> out.handOver().decide(give));
    }

    /** Waits for the outgoing migration's end; why it has failed, or empty when it has not. */
    public Optional<String> awaitOutgoing() {
        return migrations.awaitOutgoing();
    }

    /** As {@link #awaitOutgoing}, of the incoming one. */
    public Optional<String> awaitIncoming() {
        return migrations.awaitIncoming();
    }

    /**
     * Whether there is no guest yet that could be given to anybody.
     *
     * @throws Refused when one is on its way here
     */
    public boolean isEmpty() throws MigrationException {
        if (migrations.arriving()) {
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
        refuseToMigrate();
        dirtyRate.freeLog();
        OutgoingMigration next;
        try {
            next = new OutgoingMigration(endpoint, guest, run, options, migrations::leaves, migrations, writeFaults,
                    localhost);
        } catch (IOException e) {
            throw new KernelRefused("Cannot start a migration: " + e.getMessage(), e);
        }
        migrations.begins(next);
        return next;
    }

    private void refuseToMigrate() throws MigrationException {
        migrations.refuseWhileLeaving();
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
    }

    private void resume(Endpoint endpoint) throws Refused {
        migrations.outgoing().orElseThrow(() -> new Refused("Cannot resume if there is no paused migration"))
                .resume(endpoint);
    }

    /** Lets the guest go over before its memory has come, as soon as can be; does nothing once it has. */
    public void startPostcopy() throws MigrationException {
        if (!capabilities.has(MigrationCapability.POSTCOPY_RAM)) {
            throw new Refused("Enable postcopy with migrate_set_capability before the start of migration");
        }
        migrations.outgoing()
                .orElseThrow(() -> new Refused("Postcopy must be started after migration has been started"))
                .startPostcopy();
    }

    /** Breaks the connection of a postcopy off, to be resumed on another. */
    public void pausePostcopy() throws MigrationException {
        migrations.pausePostcopy();
    }

    /** Has a paused postcopy destination listen anew for its source. */
    public void recover(Endpoint endpoint) throws MigrationException {
        recoverable().recover(endpoint);
    }

    /** Refuses as {@link #recover} would where nothing is to be recovered, before anybody asks for an endpoint. */
    public void checkRecoverable() throws MigrationException {
        recoverable();
    }

    private IncomingMigration recoverable() throws Refused {
        return migrations.incoming().filter(in -> in.state().status() == MigrationStatus.POSTCOPY_PAUSED)
                .orElseThrow(() -> new Refused("Migrate recover can only be run when postcopy is paused."));
    }

    private MigrationOptions options() {
        return options(capabilities);
    }

    private MigrationOptions options(MigrationCapabilities with) {
        return new MigrationOptions(with, this::parameters, spec.uuid(), spec.sealsFiles());
    }

    /** Listens for, or reads, an incoming migration. Status {@code setup} has been told when this returns. */
    public synchronized void migrateIncoming(Endpoint endpoint, boolean exitOnError) throws MigrationException {
        if (!spec.incoming()) {
            throw new Refused("'-incoming' was not specified on the command line");
        }
        migrations.refuseWhileLeaving();
        if (spec.ram() instanceof GuestSpec.Ram.MappedRamFile && capabilities.multifdPackets()) {
            throw new Refused("RAM that is a file is written by one thread: switch multifd off at both sides");
        }
        if (migrations.arriving() || (migrations.hasArrived() && guest.cannotRun().isEmpty())) {
            throw new Refused("The incoming migration has already been started");
        }
        var next = new IncomingMigration(endpoint, guest, run, options(), migrations::arrives, reason -> {
            if (exitOnError) {
                events.incomingFailed(reason);
            }
        });
        migrations.begins(next);
        next.start();
    }

    /** Whether an incoming migration is between setup and its end. */
    public boolean migrationArriving() {
        return migrations.arriving();
    }

    /**
     * Has a guest that waits for a source be told anew where that comes from: nobody listens any more then. Waits for that, with
     * status {@code cancelled}. Does nothing when none is awaited, or one has come.
     */
    public synchronized void withdrawIncoming() {
        migrations.incoming().ifPresent(IncomingMigration::withdraw);
    }

    /**
     * Waits until the incoming migration has brought a page: from then on its source has begun to send RAM, whatever status it
     * shows. False when it ends before, or none comes within {@code patience}.
     */
    public boolean awaitFirstPage(Duration patience) throws InterruptedException {
        return migrations.awaitFirstPage(patience);
    }

    /**
     * Cancels an outgoing migration; does nothing when there is none. Status {@code cancelling} has been told then. Refused when
     * the guest has been given away before its memory.
     */
    public void cancel() throws MigrationException {
        if (migrations.outgoing().filter(out -> out.state().isPostcopy()).isPresent()) {
            throw new Refused("Postcopy migration in progress, cannot cancel.");
        }
        cancelIfPossible();
    }

    /** As {@link #cancel}, but never refused. */
    public void cancelIfPossible() {
        migrations.cancel();
    }

    /** Whether there is a connection that {@link #yank} would break, or that is broken and may be made anew. */
    public boolean hasConnection() {
        return migrations.haveConnection();
    }

    /** Breaks the connection of an outgoing migration or of an incoming postcopy off: QMP's yank. */
    public void yank() {
        migrations.yank();
    }

    /** Leaves pre-switchover. {@code state} must be the present status. */
    public void continueFrom(MigrationStatus state) throws MigrationException {
        Optional<OutgoingMigration> out = migrations.outgoing();
        if (out.isPresent()) {
            out.get().continueFrom(state);
        } else if (state != MigrationStatus.NONE) {
            throw new Refused("Migration not in expected state: " + MigrationStatus.NONE.qapiName());
        }
    }

    public MigrationInfo queryMigrate() {
        return migrations.report(guest.ram().stream().mapToLong(RamBlock::byteSize).sum());
    }

    /** The kernel's id of the thread of an outgoing migration, while there is one. */
    public OptionalInt migrationThreadId() {
        return migrations.threadId();
    }

    /** Numbers for metrics; costs a few loads and never asks the guest. */
    public MigrationStatistics statistics() {
        return migrations.statistics();
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

    /**
     * The same by the guest's dirty log: refused as well while a migration has it, or the guest has not come yet. A migration that
     * begins breaks it off.
     */
    public synchronized void startDirtyRateByLog(Duration calcTime) throws MigrationException {
        if (!(guest instanceof NativeGuest here)) {
            throw new Refused("Nobody writes the RAM of a guest that is only held");
        }
        if (migrations.leaving() || run.lacksRam() || run.state() == RunState.INMIGRATE) {
            throw new Refused("A migration has the guest's dirty log: use page-sampling meanwhile");
        }
        dirtyRate.startByLog(calcTime, here);
    }

    /** How the present or last measurement of the dirty rate stands. */
    public DirtyRateInfo dirtyRate() {
        return dirtyRate.info();
    }

    /** Bytes of RAM that are left to the guest beside its balloon; empty when it has none. */
    public OptionalLong bytesBesideBalloon() {
        return balloon().map(balloon -> OptionalLong.of(balloon.bytesLeft())).orElse(OptionalLong.empty());
    }

    /** Asks the guest to do with {@code bytes} of RAM, which it may or not, and when it likes; false when it has no balloon. */
    public boolean leaveToGuest(long bytes) {
        balloon().ifPresent(balloon -> balloon.leave(bytes));
        return balloon().isPresent();
    }

    private Optional<Balloon> balloon() {
        return guest.freePages().flatMap(FreePages::offeredBalloon);
    }

    /** What the guest has said of pages that it does not need. */
    public FreePagesInfo queryFreePages() {
        return guest.freePages().map(FreePagesReport::of).orElse(FreePagesInfo.NONE);
    }

    /** What is held, when the guest is a held one and something has arrived; otherwise refused. */
    public HeldGuestInfo queryHeld() throws MigrationException {
        return new GuestInspection(guest, run).held();
    }

    /** Checks the guest's memory, pausing it meanwhile: how many pages were checked and how far its program has come. */
    public String verify() throws MigrationException {
        return new GuestInspection(guest, run).verify();
    }

    /** Writes {@code length} bytes of RAM, as it lies in its first block, to a new file: QMP's {@code pmemsave}. */
    public void saveMemory(long address, long length, Path file) throws MigrationException {
        new GuestInspection(guest, run).save(address, length, file);
    }

    /** Breaks off what runs, stops the guest, gives everything back. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        migrations.end();
        dirtyRate.close();
        guest.close();
    }
}
