package io.godwit.engine;

import io.godwit.engine.contract.Offers;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.Offer;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.switchover.PassListener;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationTerms;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One end of a migration under test: a guest, what was told of it, and migrations started from it. Owns the guest.
 *
 * @param <S> the kind of end
 */
abstract sealed class End<G extends Guest, S> implements AutoCloseable permits Side, HeldSide {
    final G guest;
    final GuestRun run;
    final List<String> told = new CopyOnWriteArrayList<>();
    final FaultStatistics writeFaults = new FaultStatistics();
    final List<PassListener.PassReport> passes = new CopyOnWriteArrayList<>();
    private volatile MigrationParameters parameters = MigrationParameters.DEFAULTS;
    private Optional<UUID> uuid = Optional.empty();
    private boolean seals = true;
    private Optional<Offer> offer = Optional.empty();
    private MigrationCapabilities capabilities = MigrationCapabilities.NONE;

    End(G guest, RunState state) {
        this.guest = guest;
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

    abstract S self();

    S with(MigrationCapability first, MigrationCapability... others) {
        capabilities = MigrationCapabilities.of(EnumSet.of(first, others));
        return self();
    }

    /** What it saves gets no seal. */
    S unsealed() {
        seals = false;
        return self();
    }

    S without() {
        capabilities = MigrationCapabilities.NONE;
        return self();
    }

    S with(MigrationParameters changed) {
        parameters = changed;
        return self();
    }

    /** Sets a parameter as QMP would: {@code value} is a number, a word or a flag. */
    S set(String name, Object value) throws QmpException {
        var arguments = JsonNodeFactory.instance.objectNode();
        switch (value) {
            case Integer number -> arguments.put(name, number);
            case Boolean flag -> arguments.put(name, flag);
            default -> arguments.put(name, value.toString());
        }
        return with(parameters.with(MigrateSetParametersArguments.TYPE.parse(arguments)));
    }

    S with(UUID own) {
        uuid = Optional.of(own);
        return self();
    }

    /** Migrations from here have a contract. */
    S within(MigrationTerms terms) throws MigrationException {
        offer = Optional.empty();
        offer = Offers.accept(terms, guest, options()).offer();
        return self();
    }

    private MigrationOptions options() {
        var options = new MigrationOptions(capabilities, () -> parameters, uuid, seals);
        return offer.map(options::with).orElse(options);
    }

    OutgoingMigration migrate(Endpoint endpoint) throws IOException, MigrationException {
        return migrate(endpoint, migration -> {});
    }

    /** As {@link #migrate(Endpoint)}, with something to be done before anything is opened. */
    OutgoingMigration migrate(Endpoint endpoint, Consumer<OutgoingMigration> before)
            throws IOException, MigrationException {
        var migration = new OutgoingMigration(endpoint, guest, run, options(), status -> told.add(status.qapiName()),
                new Passes(), writeFaults);
        before.accept(migration);
        migration.start();
        return migration;
    }

    /** Moves the guest to another process of this host, as far as anybody can tell. */
    OutgoingMigration move(Endpoint endpoint, Way way) throws IOException, MigrationException {
        var migration = new OutgoingMigration(endpoint, guest, run, options(), status -> told.add(status.qapiName()),
                new Passes(), writeFaults, Optional.of(way));
        migration.start();
        return migration;
    }

    /** A migration that waits for its begin. */
    OutgoingMigration prepare(Endpoint endpoint) throws IOException, MigrationException {
        var migration = new OutgoingMigration(endpoint, guest, run, options(), status -> told.add(status.qapiName()),
                new Passes(), writeFaults);
        migration.prepare();
        migration.awaitPrepared();
        return migration;
    }

    private final class Passes implements PassListener {
        @Override
        public void passBegins(long number) {
            told.add("PASS " + number);
        }

        @Override
        public void passEnded(PassReport report) {
            passes.add(report);
        }
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
