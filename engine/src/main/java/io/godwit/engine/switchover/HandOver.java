package io.godwit.engine.switchover;

import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationStatus;

/**
 * The instant from which the guest may be the destination's: just before the stream's EOF byte is given to the channel,
 * because a destination that has it may run the guest. Until then a cancel takes the guest back; from then on only the
 * destination's word that it failed does. Any thread.
 */
public final class HandOver {
    private final MigrationState state;
    private boolean given;

    public HandOver(MigrationState state) {
        this.state = state;
    }

    /** Gives the guest away; false when somebody has cancelled before. */
    synchronized boolean give() {
        given = state.status().isRunning() && state.status() != MigrationStatus.CANCELLING;
        return given;
    }

    /** Cancels, unless it is too late or has been done. */
    public synchronized boolean cancel() {
        return !given && state.cancel();
    }

    public synchronized boolean isGiven() {
        return given;
    }
}
