package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.Blocktime;
import io.godwit.engine.paging.FaultStatistics;
import java.util.Optional;

/**
 * What a guest whose RAM is still to come arrives with and into. All of it is lent.
 *
 * @param runsHere whether the guest runs here, so that pages must be put in place under it
 * @param blocktime told of vCPUs that wait, where somebody wants to know
 */
record ArrivalSetting(Arrival arrival, GuestRun run, boolean runsHere, MigrationOptions options, MigrationState state,
        TransferCounters counters, FaultStatistics statistics, Optional<Blocktime> blocktime, Abort abort,
        Recovery recovery) {}
