package io.godwit.engine.fuzz;

import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.util.Optional;
import java.util.OptionalLong;

/** Has held guests arrive out of files, by the engine's whole way in. Any fault of its own, or anything left behind, is thrown. */
final class Loading {
    /** More than the corpus's guests have. */
    static final long MOST_BYTES = 1 << 20;

    private final MigrationOptions options;
    private final OwnFaults faults = OwnFaults.listen();

    Loading(MigrationCapabilities capabilities) {
        options = new MigrationOptions(capabilities, () -> MigrationParameters.DEFAULTS, Optional.empty(), false);
    }

    /** Whether it arrived. Takes the file over. */
    boolean load(Fd file, HeldGuest guest) {
        var run = new GuestRun(guest, RunState.INMIGRATE, true, GuestRun.Listener.NONE);
        IncomingMigration migration;
        try {
            migration = new IncomingMigration(new Endpoint.Descriptor(_ -> file, OptionalLong.of(0)), guest, run,
                    options, _ -> {}, _ -> {});
        } catch (MigrationException e) {
            throw new AssertionError("a memfd cannot be opened", e);
        }
        migration.start();
        migration.join();
        faults.check();
        boolean arrived = migration.state().status() == MigrationStatus.COMPLETED;
        if (arrived != !guest.ram().isEmpty()) {
            throw new AssertionError(migration.state().status() + ", and there is RAM: " + guest.ram());
        }
        return arrived;
    }
}
