package io.godwit.engine.restore;

import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.mappedram.SavedGuest;
import io.godwit.engine.migration.Acceptance;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.postcopy.PushOrder;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RestoreOrder;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One saved guest on its way into one destination, which runs it as soon as it has its devices and gets its pages when it asks
 * for them. When the connection is lost the restore is {@code postcopy-paused}, and goes on where it is told to. Owns its
 * migration. Any thread.
 *
 * <pre>
 * setup -> active -> device -> postcopy-active -> completed        a failure before the guest runs there costs the destination
 *                              postcopy-active -> postcopy-paused -> ... -> postcopy-active
 * </pre>
 */
public final class Restore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

    private final SavedGuest saved;
    private final OutgoingMigration migration;
    private final PushOrder order;
    private final boolean mapped;
    private final FirstTouches known;
    private final TouchLog asked = new TouchLog();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable Unreadable unreadable;

    /** The file did not give what it should have. */
    public record Unreadable(Path file, long offset, String reason) {}

    /** The guest is lent. Nothing has begun yet. */
    Restore(SavedGuest saved, Endpoint to, RestoreOptions options, MigrationOptions migrationOptions,
            Consumer<MigrationStatus> listener) throws IOException {
        this.saved = saved;
        mapped = options.mapped();
        known = options.order() == RestoreOrder.LINEAR ? FirstTouches.none() : known(saved.path());
        order = switch (options.order()) {
            case LINEAR -> PushOrder.linear();
            case REPLAY -> PushOrder.first(known.blocks(), known.pages(), asked::add);
            case ON_DEMAND -> PushOrder.onlyAsked(asked::add);
        };
        HeldGuest guest = HeldGuest.saved(saved, ram(saved, options));
        migration = new OutgoingMigration(to, guest,
                new GuestRun(guest, RunState.PAUSED, false, GuestRun.Listener.NONE),
                migrationOptions, listener, PassListener.NONE, order);
    }

    private List<? extends RamBlock> ram(SavedGuest from, RestoreOptions options) throws IOException {
        return options.mapped()
                ? from.ramBesideMainMemory(this::failedToRead)
                : from.ram(options.memoryPageBytes(), this::failedToRead);
    }

    /** A record that is of no use is a loss of speed, not of a guest. */
    private static FirstTouches known(Path file) {
        try {
            return FirstTouches.of(file);
        } catch (IOException e) {
            LOG.warn("pages come as they lie: {}", e.getMessage());
            return FirstTouches.none();
        }
    }

    private void failedToRead(long fileOffset, IOException why) {
        unreadable = new Unreadable(saved.path(), fileOffset, String.valueOf(why.getMessage()));
    }

    /** Gives the guest away before anything of its RAM has gone, or with all of it that is not mapped. */
    void begin() throws IOException {
        if (!mapped) {
            migration.startPostcopy();
        }
        try {
            migration.start();
        } catch (ChannelLost e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The destination runs the guest and waits, paused, for who goes on serving it. */
    void takeOver() throws IOException {
        migration.takeOver();
    }

    /** If the file has failed it: what that was, which another connection does not mend. {@link #resume} forgets it. */
    public Optional<Unreadable> unreadable() {
        return Optional.ofNullable(unreadable);
    }

    /**
     * Goes on with a destination that waits at {@code where}.
     *
     * @param acceptance of a preempt channel; asked on the migration's thread
     * @return false, and nothing happens, when the restore is not paused
     */
    public boolean resume(Endpoint where, Acceptance acceptance) {
        unreadable = null;
        try {
            migration.resume(where, acceptance);
            return true;
        } catch (Refused e) {
            return false;
        }
    }

    /** Sends all that is left, also what nobody asks for. */
    public void push() {
        order.push();
    }

    /** Breaks the connection off because of the file, as if that could not be read. */
    public void distrust(String reason) {
        unreadable = new Unreadable(saved.path(), 0, reason);
        interrupt();
    }

    /** Breaks the connection off: a destination that runs the guest pauses for the lack of pages, and can be resumed. */
    public void interrupt() {
        migration.yank();
    }

    public MigrationStatus status() {
        return migration.state().status();
    }

    public RestoreReport report() {
        TransferCounters counters = migration.counters();
        Unreadable damage = unreadable;
        return new RestoreReport(status(),
                damage == null ? migration.state().errorDesc() : Optional.of(damage.reason()),
                saved.ramBytes(), counters.remainingPages() * RamBlock.PAGE_SIZE, counters.transferredBytes(),
                counters.postcopyRequests(), counters.postcopyPages(), counters.postcopyRequestsServed(),
                migration.clock().runningNanos().stream().mapToObj(Duration::ofNanos).findFirst(),
                Duration.ofNanos(migration.clock().totalNanos()));
    }

    /** Waits until it has ended. */
    public void join() {
        migration.join();
    }

    /** Ends it, wherever it is, and waits for that. A destination that runs the guest can be taken over by another. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            migration.cancel();
            migration.breakOff();
            migration.join();
            learn();
        }
    }

    private void learn() {
        if (asked.count() > 0) {
            try {
                known.with(asked).keep(saved.path());
            } catch (IOException e) {
                LOG.warn("what was asked for first is not remembered for the next restore: {}", e.toString());
            }
        }
    }
}
