package io.godwit.engine.switchover;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The guest's standstill at the end of its passes, with the status that goes with it. One thread. */
public final class GuestStop {
    private final Source source;
    private @Nullable RunState before;

    public GuestStop(Source source) {
        this.source = source;
    }

    /** Stops the guest, waits for the operator if he wants that, and enters {@code device}; returns what the guest was. */
    public RunState enter() throws IOException {
        source.clock().guestStopped();
        source.counters().guestStops();
        RunState was = source.run().finishMigrate();
        before = was;
        awaitOperator();
        enterDevice();
        return was;
    }

    private void awaitOperator() throws AbortedException {
        if (!source.options().capabilities().has(MigrationCapability.PAUSE_BEFORE_SWITCHOVER)) {
            return;
        }
        if (source.state().advance(MigrationStatus.ACTIVE, MigrationStatus.PRE_SWITCHOVER)) {
            source.gate().await();
        }
        source.abort().check();
    }

    private void enterDevice() throws IOException {
        MigrationState state = source.state();
        if (!state.advance(MigrationStatus.ACTIVE, MigrationStatus.DEVICE)
                && !state.advance(MigrationStatus.PRE_SWITCHOVER, MigrationStatus.DEVICE)) {
            throw new IOException("cancelled before the switchover");
        }
    }

    /** After a failure: the guest is again what it was. Does nothing when it was not stopped here. */
    public void takeBack() {
        if (before != null) {
            source.run().takeBack(before);
            before = null;
        }
    }
}
