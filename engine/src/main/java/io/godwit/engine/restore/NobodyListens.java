package io.godwit.engine.restore;

import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.switchover.PassListener;

/** A guest that is restored elsewhere never runs here, and there are no passes over its RAM. */
final class NobodyListens implements GuestRun.Listener, PassListener {

    @Override
    public void stopped() {
        // It stands still.
    }

    @Override
    public void resumed() {
        // It stands still.
    }

    @Override
    public void reset() {
        // It stands still.
    }

    @Override
    public void passBegins(long number) {
        // Only the one that is left at once.
    }

    @Override
    public void passEnded(PassReport report) {
        // Only the one that is left at once.
    }
}
