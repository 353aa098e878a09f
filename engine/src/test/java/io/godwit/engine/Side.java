package io.godwit.engine;

import io.godwit.protocol.qapi.RunState;
import java.io.IOException;

/** An end whose guest runs in this process. */
final class Side extends End<MemoryGuest, Side> {

    private Side(RunState state, int... pages) throws IOException {
        this(state, new MemoryGuest(pages));
    }

    private Side(RunState state, MemoryGuest guest) {
        super(guest, state);
    }

    /** A guest that runs and has touched none of its pages. */
    static Side untouched(int... pages) throws Exception {
        Side side = new Side(RunState.PRELAUNCH, pages);
        side.run.cont();
        side.told.clear();
        return side;
    }

    /** A guest that runs, with page n filled with n + 1. */
    static Side running(int... pages) throws Exception {
        Side side = untouched(pages);
        side.fill();
        return side;
    }

    /** As {@link #running}, with its RAM in memfds. */
    static Side runningInMemfds(int... pages) throws Exception {
        Side side = new Side(RunState.PRELAUNCH, MemoryGuest.inMemfds(pages));
        side.run.cont();
        side.told.clear();
        side.fill();
        return side;
    }

    private void fill() {
        for (int i = 0; i < guest.pages(); i++) {
            guest.write(i, i + 1);
        }
    }

    /** A guest that waits for a migration. */
    static Side waiting(int... pages) throws IOException {
        return new Side(RunState.INMIGRATE, pages);
    }

    /** As {@link #waiting}, with its RAM in memfds. */
    static Side waitingInMemfds(int... pages) throws IOException {
        return new Side(RunState.INMIGRATE, MemoryGuest.inMemfds(pages));
    }

    @Override
    Side self() {
        return this;
    }
}
