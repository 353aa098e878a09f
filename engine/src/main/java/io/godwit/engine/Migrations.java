package io.godwit.engine;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The migrations that a guest has had: the last one out of here and the last one in, what all of them have moved and how they
 * ended. Tells log and events of their way. {@code begins} is for one thread at a time, everything else for any.
 */
final class Migrations implements PassListener {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    /** How often to look whether what is waited for has ended instead. */
    private static final long END_LOOK_NANOS = 20_000_000;

    private final String guestName;
    private final EngineEvents events;
    private final MigrationTotals totals = new MigrationTotals();
    private volatile @Nullable IncomingMigration incoming;
    private volatile @Nullable OutgoingMigration outgoing;
    /** Of the two, the one that began later: the one whose status is shown. */
    private volatile @Nullable MigrationState latest;

    Migrations(String guestName, EngineEvents events) {
        this.guestName = guestName;
        this.events = events;
    }

    /** Takes the place of the last one, which is over. */
    void begins(OutgoingMigration next) {
        OutgoingMigration last = outgoing;
        if (last != null) {
            last.join(); // it has shown its last status, so this is the blink of its thread's end
            totals.add(last.counters());
        }
        outgoing = next;
        latest = next.state();
    }

    /** As {@link #begins(OutgoingMigration)}. */
    void begins(IncomingMigration next) {
        IncomingMigration last = incoming;
        if (last != null) {
            last.join();
            totals.addReceived(last.counters());
        }
        incoming = next;
        latest = next.state();
    }

    Optional<OutgoingMigration> outgoing() {
        return Optional.ofNullable(outgoing);
    }

    Optional<IncomingMigration> incoming() {
        return Optional.ofNullable(incoming);
    }

    /** Whether an outgoing migration is between setup and its end. */
    boolean leaving() {
        OutgoingMigration out = outgoing;
        return out != null && out.state().status().isRunning();
    }

    /** Whether an incoming migration is between setup and its end. */
    boolean arriving() {
        IncomingMigration in = incoming;
        return in != null && in.state().status().isRunning();
    }

    /** Whether one has come, or begun to: a guest that waits for one anew has had none. */
    boolean hasArrived() {
        IncomingMigration in = incoming;
        return in != null && in.state().status() != MigrationStatus.CANCELLED;
    }

    void refuseWhileLeaving() throws Refused {
        if (leaving()) {
            throw new Refused("There's a migration process in progress");
        }
    }

    /** A status of the outgoing one. */
    void leaves(MigrationStatus status) {
        LOG.info("guest '{}': outgoing migration {}", guestName, status.qapiName());
        tell(status);
    }

    /** A status of the incoming one. */
    void arrives(MigrationStatus status) {
        LOG.info("guest '{}': incoming migration {}", guestName, status.qapiName());
        tell(status);
    }

    private void tell(MigrationStatus status) {
        totals.count(status);
        events.migrationStatus(status);
    }

    @Override
    public void passBegins(long number) {
        events.migrationPass(number);
    }

    @Override
    public void passEnded(PassReport report) {
        LOG.info("guest '{}': pass {}: {} bytes in {} ms, {} pages dirtied meanwhile, expected downtime {} ms",
                guestName, report.number(), report.sentBytes(), report.nanos() / NANOS_PER_MILLISECOND,
                report.dirtiedPages(), report.expectedDowntimeNanos() / NANOS_PER_MILLISECOND);
    }

    /** Waits for the outgoing migration's end; why it has failed, or empty when it has not. */
    Optional<String> awaitOutgoing() {
        OutgoingMigration out = outgoing;
        if (out == null) {
            return Optional.of("no migration has been started");
        }
        out.join();
        return failure(out.state());
    }

    /** As {@link #awaitOutgoing}, of the incoming one. */
    Optional<String> awaitIncoming() {
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

    /** As {@link MigrationEngine#awaitFirstPage}. */
    boolean awaitFirstPage(Duration patience) throws InterruptedException {
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

    /** Breaks the connection of a postcopy off, to be resumed on another. */
    void pausePostcopy() throws Refused {
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

    /** Cancels the outgoing one, if there is one. */
    void cancel() {
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.cancel();
        }
    }

    /** Whether there is a connection that {@link #yank} would break, or that is broken and may be made anew. */
    boolean haveConnection() {
        IncomingMigration in = incoming;
        return leaving() || (in != null && in.hasLink());
    }

    /** Breaks the connection of an outgoing migration or of an incoming postcopy off. */
    void yank() {
        IncomingMigration in = incoming;
        if (in != null && in.pause()) {
            return;
        }
        OutgoingMigration out = outgoing;
        if (out != null) {
            out.yank();
        }
    }

    /** What query-migrate answers for a guest of so much RAM. */
    MigrationInfo report(long ramBytes) {
        OutgoingMigration out = outgoing;
        IncomingMigration in = incoming;
        if (in != null && in.state() == latest) {
            return MigrationReport.of(in);
        }
        return out != null ? withContract(MigrationReport.of(out, ramBytes), out) : MigrationInfo.NONE;
    }

    private static MigrationInfo withContract(MigrationInfo info, OutgoingMigration out) {
        return out.contract().map(info::with).orElse(info);
    }

    OptionalInt threadId() {
        OutgoingMigration out = outgoing;
        return out == null ? OptionalInt.empty() : out.threadId();
    }

    MigrationStatistics statistics() {
        MigrationState state = latest;
        return totals.with(state == null ? MigrationStatus.NONE : state.status(), incoming, outgoing);
    }

    /** Breaks off what runs, and waits for its end. */
    void end() {
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
    }
}
