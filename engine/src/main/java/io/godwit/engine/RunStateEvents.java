package io.godwit.engine;

import io.godwit.engine.guest.GuestRun;

/** Hands a guest's changes of run state on to whoever listens to the engine. */
record RunStateEvents(EngineEvents events) implements GuestRun.Listener {

    @Override
    public void stopped() {
        events.stopped();
    }

    @Override
    public void resumed() {
        events.resumed();
    }

    @Override
    public void reset() {
        events.reset(false);
    }
}
