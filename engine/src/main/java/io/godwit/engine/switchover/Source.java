package io.godwit.engine.switchover;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.migration.MigrationClock;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;

/**
 * The source's side of one migration: the guest, and what everybody may see of how it goes.
 */
public record Source(Guest guest, GuestRun run, MigrationOptions options, MigrationState state,
        TransferCounters counters,
        MigrationClock clock, Abort abort, HandOver handOver, Gate gate,
        PostcopyWish postcopy, PassListener passes) {

    /** The same with somebody else who is told of the passes. */
    public Source with(PassListener listener) {
        return new Source(guest, run, options, state, counters, clock, abort, handOver, gate, postcopy, listener);
    }
}
