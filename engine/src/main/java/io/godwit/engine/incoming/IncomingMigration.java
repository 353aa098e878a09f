package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
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
    private RunState before = RunState.INMIGRATE;

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
        } catch (AbortedException e) {
            run.takeBack(before);
            state.fail("the incoming migration was broken off");
            return;
        } catch (IOException | RuntimeException | Error e) {
            run.takeBack(before);
            fail(e);
            return;
        }
        state.advance(MigrationStatus.ACTIVE, MigrationStatus.COMPLETED);
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
        try (var back = new ReturnPathWriter(connections.main(), abort,
                options.capabilities().has(MigrationCapability.SWITCHOVER_ACK));
                var arrival = guest.arrival()) {
            try (var loader = new StreamLoader(arrival, options, connections, counters, back::answer)) {
                loader.load();
            } catch (IOException | RuntimeException | Error e) {
                back.shut(1);
                throw e;
            }
            run.arrive(arrival::settle);
            back.shut(0);
        }
    }

    /** Stops waiting or reading; the guest cannot be used then. */
    public void breakOff() {
        abort.request();
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

    /** Where the source is awaited; empty once one has come. */
    public List<ListeningAddress> addresses() {
        return state.status() == MigrationStatus.SETUP ? addresses : List.of();
    }
}
