package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.FaultStatistics;

/**
 * What a guest whose RAM is still to come arrives with and into. All of it is lent.
 *
 * @param runsHere whether the guest runs here, so that pages must be put in place under it
 */
record ArrivalSetting(Arrival arrival, GuestRun run, boolean runsHere, MigrationOptions options, MigrationState state,
        TransferCounters counters, FaultStatistics statistics, Abort abort, Recovery recovery) {}
