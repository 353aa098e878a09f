package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.localhost.LocalhostDestination;
import io.godwit.engine.mappedram.PagesInFile;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.Blocktime;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One incoming migration: the thread {@code migration-incoming}, what it listens on, and the channel. All of them are given
 * back before the last status is shown. What a broken stream leaves behind is never run: the guest is then what it was
 * before.
 */
public final class IncomingMigration {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingMigration.class);

    private final Guest guest;
    private final GuestRun run;
    private final MigrationOptions options;
    private final MigrationState state;
    private final TransferCounters counters = new TransferCounters();
    private final Consumer<String> failed;
    private final Abort abort;
    private final Incoming incoming;
    private final List<ListeningAddress> addresses;
    private final Thread thread;
    private final FaultStatistics faults = new FaultStatistics();
    private final Optional<Blocktime> blocktime;
    private final Recovery recovery = new Recovery();
    private RunState before = RunState.INMIGRATE;
    private volatile @Nullable RamToCome toCome;
    private volatile List<ListeningAddress> recoveryAddresses = List.of();

    /**
     * Listens, or opens what needs no listening.
     *
     * @param failed told why, after the status {@code failed}
     * @throws ChannelLost when it cannot; nothing has been told then, and another try may follow
     */
    public IncomingMigration(Endpoint endpoint, Guest guest, GuestRun run, MigrationOptions options,
            Consumer<MigrationStatus> statusListener, Consumer<String> failed) throws ChannelLost {
        this.guest = guest;
        this.run = run;
        this.options = options;
        this.failed = failed;
        state = new MigrationState(statusListener);
        blocktime = options.capabilities().has(MigrationCapability.POSTCOPY_BLOCKTIME)
                ? Optional.of(new Blocktime(guest.cpuThreadIds()))
                : Optional.empty();
        try {
            abort = new Abort();
            incoming = open(endpoint, abort);
        } catch (IOException e) {
            throw new ChannelLost(String.valueOf(e.getMessage()), e);
        }
        addresses = incoming.addresses();
        thread = Thread.ofPlatform().name("migration-incoming").unstarted(this::receive);
    }

    private static Incoming open(Endpoint endpoint, Abort abort) throws IOException {
        try {
            return Incoming.open(endpoint);
        } catch (IOException e) {
            abort.close();
            throw e;
        }
    }

    /** Enters {@code setup} and waits for the source on its own thread. From here on the guest is one that is awaited. */
    public void start() {
        before = run.awaitArrival();
        state.advance(MigrationStatus.NONE, MigrationStatus.SETUP);
        thread.start();
    }

    private void receive() {
        try (abort;
                incoming;
                var connections = Connections.await(incoming, abort, options, counters::addBytes)) {
            state.advance(MigrationStatus.SETUP, MigrationStatus.ACTIVE);
            load(connections);
        } catch (IOException | RuntimeException | Error e) {
            giveUp();
            if (state.advance(MigrationStatus.CANCELLING, MigrationStatus.CANCELLED)) {
                return;
            }
            if (e instanceof AbortedException) {
                state.fail("the incoming migration was broken off");
            } else {
                fail(e);
            }
            return;
        }
        if (!state.advance(MigrationStatus.ACTIVE, MigrationStatus.COMPLETED)) {
            state.advance(MigrationStatus.POSTCOPY_ACTIVE, MigrationStatus.COMPLETED);
        }
    }

    private void giveUp() {
        RamToCome begun = toCome;
        if (begun == null || !begun.arrived()) {
            run.takeBack(before);
        }
    }

    private void fail(Throwable e) {
        String reason = "load of migration failed: " + e.getMessage();
        if (!(e instanceof IOException)) {
            LOG.error("{}, by a fault of our own", reason, e);
        } else {
            LOG.warn("{}", reason);
        }
        state.fail(reason);
        failed.accept(reason);
    }

    private void load(Connections connections) throws IOException {
        if (LocalhostDestination.isCalledOn(connections.main(), connections.mainInput())) {
            takeOver(connections);
            return;
        }
        try (var back = new ReturnPathWriter(connections.main(), abort,
                options.capabilities().has(MigrationCapability.SWITCHOVER_ACK));
                var arrival = guest.arrival()) {
            LoadedStream loaded;
            try (var loader = new StreamLoader(arrival, guest.cannotRun().isEmpty(), options, connections, counters,
                    back::answer)) {
                loaded = loader.load();
            } catch (IOException | RuntimeException | Error e) {
                back.shut(1);
                throw e;
            }
            switch (loaded) {
                case LoadedStream.Whole _ -> {
                    run.arrive(arrival::settle);
                    back.shut(0);
                }
                case LoadedStream.Packaged(PostcopyPackage packaged) ->
                    receive(packaged, arrival, new PostcopyLink(incoming, connections, back));
                case LoadedStream.InFile(PagesInFile pages) -> loadLazily(pages, arrival, connections, back);
            }
        }
    }

    private ArrivalSetting setting(Arrival arrival) {
        return new ArrivalSetting(arrival, run, guest.cannotRun().isEmpty(), options, state, counters, faults,
                blocktime, abort,
                recovery);
    }

    private void takeOver(Connections connections) throws IOException {
        try (var arrival = guest.arrival();
                var move = new LocalhostDestination(connections.main(), connections.mainInput(), abort, arrival,
                        counters)) {
            move.load();
            run.arrive(move::settle);
            move.tellRunning();
        }
    }

    private void receive(PostcopyPackage packaged, Arrival arrival, PostcopyLink link) throws IOException {
        try (var destination = new PostcopyDestination(setting(arrival), packaged, link)) {
            toCome = destination;
            try {
                destination.receive();
            } catch (IOException | RuntimeException | Error e) {
                destination.shutFailed();
                throw e;
            }
        }
    }

    private void loadLazily(PagesInFile pages, Arrival arrival, Connections connections, ReturnPathWriter back)
            throws IOException {
        try (var load = new LazyLoad(setting(arrival), pages)) {
            toCome = load;
            load.receive(connections, back::answer);
        }
    }

    /** Stops waiting for a source, and waits for the thread's end; false, and nothing happens, when one has come. */
    public boolean withdraw() {
        if (!state.advance(MigrationStatus.SETUP, MigrationStatus.CANCELLING)) {
            return false;
        }
        breakOff();
        join();
        return true;
    }

    /** Stops waiting or reading; the guest cannot be used then. */
    public void breakOff() {
        abort.request();
        recovery.close();
    }

    /** Breaks the connection of a postcopy off, so that it can be recovered. False when there is none. */
    public boolean pause() {
        RamToCome begun = toCome;
        return begun != null && begun.pause();
    }

    /** Whether RAM comes, or is to come again, over a link that {@link #pause} breaks. */
    public boolean hasLink() {
        RamToCome begun = toCome;
        return begun != null && begun.hasLink();
    }

    /**
     * Listens anew for the source of a postcopy that is paused.
     *
     * @throws Refused when it is not, or does so already
     * @throws ChannelLost when it cannot; another try may follow
     */
    public void recover(Endpoint endpoint) throws Refused, ChannelLost {
        if (state.status() != MigrationStatus.POSTCOPY_PAUSED) {
            throw new Refused("Migrate recover can only be run when postcopy is paused.");
        }
        recoveryAddresses = recovery.tell(() -> Incoming.open(endpoint)).addresses();
    }

    /** Faults of a guest that runs before its RAM has come. */
    public FaultStatistics faults() {
        return faults;
    }

    /** How long vCPUs have waited for pages; empty without the capability postcopy-blocktime, and when no RAM was to come. */
    public Optional<Blocktime> blocktime() {
        return toCome == null ? Optional.empty() : blocktime;
    }

    /** Why it failed or, if it is paused, why that. */
    public Optional<String> errorDesc() {
        RamToCome begun = toCome;
        return begun != null && state.status() == MigrationStatus.POSTCOPY_PAUSED
                ? Optional.ofNullable(begun.loss())
                : state.errorDesc();
    }

    /** Waits for the thread's end. */
    public void join() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public MigrationState state() {
        return state;
    }

    public TransferCounters counters() {
        return counters;
    }

    /** Where the source is awaited, or in postcopy was last; empty otherwise. */
    public List<ListeningAddress> addresses() {
        return switch (state.status()) {
            case SETUP -> addresses;
            case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER ->
                recoveryAddresses.isEmpty() ? addresses : recoveryAddresses;
            default -> List.of();
        };
    }
}
