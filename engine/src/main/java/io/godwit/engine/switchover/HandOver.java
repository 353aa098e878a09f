package io.godwit.engine.switchover;

import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;

/**
 * The instant from which the guest may be somebody else's: just before the stream's EOF byte is given to a wire, because a
 * destination that has it may run the guest; when a file gets its name. Until then a cancel takes the guest back; from then
 * on only the destination's word that it failed does. Any thread.
 */
public final class HandOver {
    private final MigrationState state;
    private boolean given;

    public HandOver(MigrationState state) {
        this.state = state;
    }

    /** What makes the guest somebody else's: when it throws, it has not done so. Must be quick: a cancel waits for it. */
    @FunctionalInterface
    public interface Deed {
        void perform() throws IOException;
    }

    /** Gives the guest away by {@code deed}, unless somebody has cancelled before. */
    public synchronized void give(Deed deed) throws IOException {
        if (!state.status().isRunning() || state.status() == MigrationStatus.CANCELLING) {
            throw new IOException("cancelled before the hand-over");
        }
        deed.perform();
        given = true;
    }

    /** Cancels, unless it is too late or has been done. */
    public synchronized boolean cancel() {
        return !given && state.cancel();
    }

    public synchronized boolean isGiven() {
        return given;
    }
}
