package io.godwit.engine;

import io.godwit.protocol.qapi.RunState;
import java.io.IOException;

/** An end whose guest runs in this process. */
final class Side extends End<MemoryGuest, Side> {

    private Side(RunState state, int... pages) throws IOException {
        super(new MemoryGuest(pages), state);
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
        for (int i = 0; i < side.guest.pages(); i++) {
            side.guest.write(i, i + 1);
        }
        return side;
    }

    /** A guest that waits for a migration. */
    static Side waiting(int... pages) throws IOException {
        return new Side(RunState.INMIGRATE, pages);
    }

    @Override
    Side self() {
        return this;
    }
}
