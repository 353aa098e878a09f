package io.godwit.engine;

import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** One end of a migration under test: a guest that runs, what was told of it, and migrations started from it. */
final class Side implements AutoCloseable {
    final MemoryGuest guest;
    final GuestRun run;
    final List<String> told = new CopyOnWriteArrayList<>();
    private MigrationParameters parameters = MigrationParameters.DEFAULTS;
    private Optional<UUID> uuid = Optional.empty();
    private MigrationCapabilities capabilities = MigrationCapabilities.NONE;

    private Side(int pages, RunState state) throws IOException {
        guest = new MemoryGuest(pages);
        run = new GuestRun(guest, state, true, new GuestRun.Listener() {
            @Override
            public void stopped() {
                told.add("STOP");
            }

            @Override
            public void resumed() {
                told.add("RESUME");
            }

            @Override
            public void reset() {
                told.add("RESET");
            }
        });
    }

    /** A guest that runs, with page n filled with n + 1. */
    static Side running(int pages) throws Exception {
        Side side = new Side(pages, RunState.PRELAUNCH);
        for (int i = 0; i < pages; i++) {
            side.guest.write(i, i + 1);
        }
        side.run.cont();
        side.told.clear();
        return side;
    }

    /** A guest that waits for a migration. */
    static Side waiting(int pages) throws IOException {
        return new Side(pages, RunState.INMIGRATE);
    }

    Side with(MigrationCapability first, MigrationCapability... others) {
        capabilities = MigrationCapabilities.of(EnumSet.of(first, others));
        return this;
    }

    Side with(MigrationParameters changed) {
        parameters = changed;
        return this;
    }

    Side with(UUID own) {
        uuid = Optional.of(own);
        return this;
    }

    private MigrationOptions options() {
        return new MigrationOptions(capabilities, () -> parameters, uuid);
    }

    OutgoingMigration migrate(Endpoint endpoint) throws IOException, MigrationException {
        var migration = new OutgoingMigration(endpoint, guest, run, options(), status -> told.add(status.qapiName()),
                new Passes());
        migration.start();
        return migration;
    }

    private final class Passes implements PassListener {
        @Override
        public void passBegins(long number) {
            told.add("PASS " + number);
        }

        @Override
        public void passEnded(PassReport report) {}
    }

    IncomingMigration await(Endpoint endpoint) throws MigrationException {
        var migration = new IncomingMigration(endpoint, guest, run, options(), status -> told.add(status.qapiName()),
                reason -> {});
        migration.start();
        return migration;
    }

    @Override
    public void close() {
        guest.close();
    }
}
