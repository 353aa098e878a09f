package io.godwit.daemon.command;

import io.godwit.daemon.jobs.Job;
import io.godwit.daemon.jobs.JobWork;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.transaction.GuestMemory;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.PreparedMigration;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.CapabilityRules;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/** Memory of a guest that runs here: saved in the background by its engine, as a job. */
record NativeMemory(MigrationEngine engine, GuestMonitors monitors, SecuredAddresses addresses,
        Jobs jobs) implements GuestMemory {

    @Override
    public Prepared prepare(MigrateArguments arguments) throws QmpException {
        arguments.checkForSaving();
        MigrationAddress address = arguments.address();
        var capabilities = engine.capabilities().with(MigrationCapability.BACKGROUND_SNAPSHOT,
                engine.runState() == RunState.RUNNING);
        CapabilityRules.check(capabilities, engine.parameters(), false);
        TransportRules.check(address, capabilities);
        NotBuiltYet.checkSending(engine.capabilities(), engine.parameters());
        var endpoint = addresses.outgoing(address, Optional.empty());
        var job = jobs.create("migrate", new Work(engine));
        monitors.watchNextMigration(status -> follow(job, status));
        try {
            return new Save(engine.prepareSnapshot(endpoint), job, jobs);
        } catch (MigrationException e) {
            monitors.forgetNextMigration();
            job.failed(String.valueOf(e.getMessage()));
            jobs.drop(job);
            throw Refusals.of(e);
        }
    }

    /** A migration's status as a job's. The migration is locked meanwhile: nothing is asked of it but why it failed. */
    private void follow(Job job, MigrationStatus status) {
        switch (status) {
            case ACTIVE, DEVICE -> job.running();
            case COMPLETED -> job.succeeded();
            case FAILED -> job.failed(engine.queryMigrate().errorDesc().orElse("the migration failed"));
            case CANCELLED -> job.failed("Operation canceled");
            default -> {
            }
        }
    }

    private record Work(MigrationEngine engine) implements JobWork {

        @Override
        public Progress progress() {
            return engine.queryMigrate().ram().map(ram -> new Progress(ram.total() - ram.remaining(), ram.total()))
                    .orElse(new Progress(0, 0));
        }

        @Override
        public void cancel() throws QmpException {
            try {
                engine.cancel();
            } catch (MigrationException e) {
                throw Refusals.of(e);
            }
        }
    }

    private static final class Save implements Prepared {
        private final PreparedMigration migration;
        private final Job job;
        private final Jobs jobs;
        private boolean begun;

        Save(PreparedMigration migration, Job job, Jobs jobs) {
            this.migration = migration;
            this.job = job;
            this.jobs = jobs;
        }

        @Override
        public Job job() {
            return job;
        }

        @Override
        public void begin(Commit commit) throws QmpException {
            try {
                migration.begin(commit::run);
                begun = true;
            } catch (MigrationException e) {
                throw Refusals.of(e);
            }
        }

        /** A job that came to nothing is none that a client has to dismiss. */
        @Override
        public void close() {
            migration.close();
            if (!begun) {
                jobs.drop(job);
            }
        }
    }
}
