package io.godwit.engine.outgoing;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Outgoing;
import io.godwit.engine.contract.Contract;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.Acceptance;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationClock;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationException.Cancelled;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.postcopy.PostcopySource;
import io.godwit.engine.postcopy.PushOrder;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.switchover.Gate;
import io.godwit.engine.switchover.HandOver;
import io.godwit.engine.switchover.PassListener;
import io.godwit.engine.switchover.PostcopyWish;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.ContractInfo;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One outgoing migration. Owns its thread ({@code migration}), its channel and its abort switch, and gives all of them back
 * before it shows its last status: whoever sees {@code failed} can start the next one. Any thread.
 */
public final class OutgoingMigration {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingMigration.class);

    private final Endpoint endpoint;
    private final MigrationState state;
    private final Abort abort;
    private final Source source;
    private final PostcopySource postcopy;
    private final FaultStatistics writeFaults;
    private final Start start = new Start();
    private final Optional<Way> localhost;
    private final Optional<Contract> contract;
    private @Nullable Thread thread;
    /** As the kernel knows the thread while it works; 0 before and after. */
    private volatile int threadId;

    /**
     * Nothing is opened or told yet.
     *
     * @param writeFaults told of the guest's writes to pages that a background snapshot has not copied yet
     */
    public OutgoingMigration(Endpoint endpoint, Guest guest, GuestRun run, MigrationOptions options,
            Consumer<MigrationStatus> statusListener, PassListener passes, FaultStatistics writeFaults)
            throws IOException {
        this(endpoint, guest, run, options, statusListener, passes, writeFaults, PushOrder.linear(), Optional.empty());
    }

    /** One of a guest that does not run here, with an order for what postcopy sends unasked. */
    public OutgoingMigration(Endpoint endpoint, Guest guest, GuestRun run, MigrationOptions options,
            Consumer<MigrationStatus> statusListener, PassListener passes, PushOrder order) throws IOException {
        this(endpoint, guest, run, options, statusListener, passes, new FaultStatistics(), order, Optional.empty());
    }

    /** As the first one; {@code localhost} says how RAM goes to another process of this host, if that is what is wanted. */
    public OutgoingMigration(Endpoint endpoint, Guest guest, GuestRun run, MigrationOptions options,
            Consumer<MigrationStatus> statusListener, PassListener passes, FaultStatistics writeFaults,
            Optional<Way> localhost) throws IOException {
        this(endpoint, guest, run, options, statusListener, passes, writeFaults, PushOrder.linear(), localhost);
    }

    private OutgoingMigration(Endpoint endpoint, Guest guest, GuestRun run, MigrationOptions options,
            Consumer<MigrationStatus> statusListener, PassListener passes, FaultStatistics writeFaults,
            PushOrder order, Optional<Way> localhost) throws IOException {
        this.writeFaults = writeFaults;
        this.endpoint = endpoint;
        this.localhost = localhost;
        state = new MigrationState(statusListener);
        abort = new Abort();
        var bare = new Source(guest, run, options, state, new TransferCounters(), new MigrationClock(), abort,
                new HandOver(state), new Gate(), new PostcopyWish(), passes);
        contract = options.offer().map(offer -> new Contract(offer, bare, this::breakOff));
        source = bare.with(contract.map(Contract::passes).orElse(passes));
        postcopy = new PostcopySource(source, endpoint, where -> Outgoing.open(where, abort), order);
    }

    /**
     * Enters {@code setup} and starts the thread. What needs no peer to be opened is opened before, and when that fails the
     * migration has failed before this throws.
     */
    public void start() throws ChannelLost {
        start.atOnce();
        open();
    }

    /** As {@link #start}, but what is prepared then waits for {@link #begin}. */
    public void prepare() throws ChannelLost {
        open();
    }

    /** Returns when everything is prepared. */
    public void awaitPrepared() throws MigrationException {
        try {
            start.awaitPrepared();
        } catch (IOException e) {
            throw ended(e);
        }
    }

    /** As {@link io.godwit.engine.PreparedMigration#begin}. */
    public <E extends Exception> void begin(WhileStill<E> action) throws MigrationException, E {
        start.begin(action);
        try {
            start.awaitBegun();
        } catch (Start.ActionFailedException e) {
            throw e.thrownBy(action);
        } catch (IOException e) {
            throw ended(e);
        }
    }

    private MigrationException ended(IOException reason) {
        return state.status() == MigrationStatus.CANCELLED
                ? new Cancelled()
                : new ChannelLost(String.valueOf(reason.getMessage()), reason);
    }

    /** As {@link io.godwit.engine.PreparedMigration#abandon}. */
    public void abandon() {
        if (start.isOpen()) {
            cancel();
            join();
        }
    }

    private void open() throws ChannelLost {
        state.advance(MigrationStatus.NONE, MigrationStatus.SETUP);
        Channel opened = null;
        if (!Outgoing.waitsForPeer(endpoint)) {
            try {
                opened = Outgoing.open(endpoint, abort);
            } catch (IOException e) {
                abort.close();
                source.clock().ended();
                String reason = String.valueOf(e.getMessage());
                state.fail(reason);
                throw new ChannelLost(reason, e);
            }
        }
        Channel channel = opened;
        contract.ifPresent(Contract::begin);
        thread = Thread.ofPlatform().name("migration").start(() -> run(channel));
    }

    /**
     * Instead of {@link #start}: takes up a postcopy whose source is gone. The destination runs the guest and waits, paused, to
     * be asked what it lacks. Shows {@code postcopy-paused}, and waits to be resumed.
     *
     * @throws IOException when it cannot be told which pages there are; nothing has begun then
     */
    public void takeOver() throws IOException {
        var touched = new PendingPages(source.guest().ram());
        touched.addTouched();
        postcopy.takeOver(touched, source.guest().deviceState().ramSectionId());
        source.counters().postcopyBegins();
        state.advance(MigrationStatus.NONE, MigrationStatus.POSTCOPY_PAUSED);
        thread = Thread.ofPlatform().name("migration").start(() -> toTheEnd(() -> {
            try (abort; postcopy) {
                postcopy.serve();
                source.run().handOver();
                return MigrationStatus.POSTCOPY_ACTIVE;
            }
        }));
    }

    private void run(@Nullable Channel opened) {
        toTheEnd(() -> {
            try (abort; Channel channel = opened != null ? opened : Outgoing.open(endpoint, abort)) {
                return migrate(channel);
            }
        });
    }

    /** All that the thread does before it shows how that went; gives the status from which it is completed. */
    @FunctionalInterface
    private interface Work {
        MigrationStatus run() throws IOException;
    }

    private void toTheEnd(Work work) {
        MigrationStatus last = MigrationStatus.NONE;
        @Nullable
        Throwable failure = null;
        try {
            threadId = NativeThread.currentId();
            last = work.run();
        } catch (IOException | RuntimeException | Error e) { // an Error too: the guest must not stay stopped for it
            failure = e;
        }
        threadId = 0;
        contract.ifPresent(Contract::close);
        source.clock().ended();
        source.handOver().end();
        if (failure == null) {
            state.advance(last, MigrationStatus.COMPLETED);
        } else {
            end(failure);
            start.ended(failure);
        }
    }

    private MigrationStatus migrate(Channel channel) throws IOException {
        if (contract.isPresent()) {
            contract.get().sample();
        }
        if (source.options().sealsFiles()) {
            channel.beginSealing();
        }
        try (Flow flow = flow(channel)) {
            try {
                flow.prepare();
                flow.begin(start.prepared());
                start.begun();
                return flow.finish();
            } catch (IOException | RuntimeException | Error e) {
                flow.failed(e);
                throw e;
            }
        }
    }

    private Flow flow(Channel channel) throws IOException {
        if (localhost.isPresent()) {
            return new LocalhostFlow(source, channel, localhost.get());
        }
        return source.options().capabilities().has(MigrationCapability.BACKGROUND_SNAPSHOT)
                ? new SnapshotFlow(source, channel, writeFaults)
                : new LiveFlow(source, endpoint, channel, postcopy);
    }

    private void end(Throwable failure) {
        boolean lost = source.run().gone().isPresent(); // then a cancel has not left everything as it was
        if (!lost && state.advance(MigrationStatus.CANCELLING, MigrationStatus.CANCELLED)) {
            LOG.info("migration to {} cancelled", endpoint);
            return;
        }
        if (!(failure instanceof IOException)) {
            LOG.error("migration to {} failed by a fault of our own", endpoint, failure);
        } else {
            LOG.warn("migration to {} failed: {}", endpoint, failure.getMessage());
        }
        state.fail(failure instanceof AbortedException
                ? "the migration's connection was broken off by yank or quit"
                : String.valueOf(failure.getMessage()));
    }

    /** QMP's migrate_cancel: does nothing once the guest has been handed over. */
    public void cancel() {
        if (source.handOver().cancel()) {
            breakOff();
        }
    }

    /** When and whether the guest becomes somebody else's. */
    public HandOver handOver() {
        return source.handOver();
    }

    /** Breaks the connection off, whatever the status, and ends the migration. */
    public void breakOff() {
        abort.request();
        source.handOver().decide(false);
        start.never();
        source.gate().open();
        postcopy.aborted();
    }

    /** QMP's yank: a guest that has been given away can be resumed afterwards, any other stays here. */
    public void yank() {
        if (state.isPostcopy()) {
            postcopy.breakOff();
        } else {
            cancel();
        }
    }

    /** QMP's migrate-start-postcopy: as soon as can be, if it is not too late. */
    public void startPostcopy() {
        source.postcopy().utter();
    }

    /** QMP's migrate-pause. */
    public void pause() throws Refused {
        postcopy.pause();
    }

    /** QMP's migrate with {@code resume}. */
    public void resume(Endpoint where) throws Refused {
        resume(where, Acceptance.UNKNOWN);
    }

    /** The same, by who can find out what the destination has accepted. */
    public void resume(Endpoint where, Acceptance acceptance) throws Refused {
        postcopy.resume(where, acceptance);
    }

    /** QMP's migrate-continue. */
    public void continueFrom(MigrationStatus expected) throws Refused {
        MigrationStatus status = state.status();
        if (status != expected) {
            throw new Refused("Migration not in expected state: " + status.qapiName());
        }
        if (status == MigrationStatus.PRE_SWITCHOVER) {
            source.gate().open();
        }
    }

    /** The kernel's id of the thread that migrates; empty before it begins and when it has ended. */
    public OptionalInt threadId() {
        int id = threadId;
        return id == 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Waits for the thread's end. */
    public void join() {
        Thread started = thread;
        if (started != null) {
            try {
                started.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public MigrationState state() {
        return state;
    }

    public MigrationOptions options() {
        return source.options();
    }

    /** The terms that it has, if it has any, and what came of them. */
    public Optional<ContractInfo> contract() {
        return contract.map(Contract::info);
    }

    public TransferCounters counters() {
        return source.counters();
    }

    public MigrationClock clock() {
        return source.clock();
    }
}
