package io.godwit.daemon.command;

import io.godwit.engine.EngineEvents;
import io.godwit.protocol.qapi.MigrationStatus;

/** Listens to an engine whose events are not the subject. */
final class Deaf implements EngineEvents {

    @Override
    public void stopped() {}

    @Override
    public void resumed() {}

    @Override
    public void reset(boolean byGuest) {}

    @Override
    public void migrationStatus(MigrationStatus status) {}

    @Override
    public void migrationPass(long pass) {}

    @Override
    public void incomingFailed(String errorDesc) {}
}
