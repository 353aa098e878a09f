package io.godwit.daemon.command;

import io.godwit.daemon.jobs.JobVerb;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.restore.Pager;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.JobStatus;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All long work of a guest as jobs: beside those that QMP knows as such, its migration and the restores that it was asked for. A
 * guest's own monitor tells of these two otherwise, as QEMU does, and its clients count on seeing no others there.
 *
 * @param engine absent for a guest in a QEMU, whose monitor has to be asked
 */
public record LongWork(Jobs jobs, Optional<MigrationEngine> engine, Optional<Pager> pager) {
    private static final String MIGRATION = "migration";
    private static final String MIGRATE = "migrate";

    /** QAPI {@code JobInfo} of each. */
    public List<ObjectNode> query() {
        var all = new ArrayList<>(jobs.query());
        boolean known = all.stream().anyMatch(job -> job.path("type").asString("").equals(MIGRATE)
                && !job.path("status").asString("").equals(JobStatus.CONCLUDED.qapiName()));
        if (!known) {
            engine.map(MigrationEngine::queryMigrate).flatMap(LongWork::migration).ifPresent(all::add);
        }
        pager.ifPresent(restores -> restores.query().forEach(restore -> all.add(restore(restore))));
        return all;
    }

    private static Optional<ObjectNode> migration(MigrationInfo info) {
        MigrationStatus status = info.status().orElse(MigrationStatus.NONE);
        if (!status.isRunning()) {
            return Optional.empty();
        }
        return Optional.of(Json.object().put("id", MIGRATION).put("type", MIGRATE)
                .put("status", jobStatus(status).qapiName())
                .put("current-progress", info.ram().map(ram -> ram.total() - ram.remaining()).orElse(0L))
                .put("total-progress", info.ram().map(ram -> ram.total()).orElse(0L)));
    }

    private static ObjectNode restore(JsonNode restore) {
        MigrationStatus status = status(restore.path("status").asString(""));
        var job = Json.object().put("id", restore.path("id").asString("")).put("type", "restore")
                .put("status", jobStatus(status).qapiName())
                .put("current-progress",
                        restore.path("ram").path("total").asLong(0) - restore.path("ram").path("remaining").asLong(0))
                .put("total-progress", restore.path("ram").path("total").asLong(0));
        if (restore.has("error-desc")) {
            job.set("error", restore.get("error-desc"));
        }
        return job;
    }

    private static MigrationStatus status(String word) {
        return MigrationStatus.TYPE.values().stream().filter(status -> status.qapiName().equals(word)).findFirst()
                .orElse(MigrationStatus.NONE);
    }

    private static JobStatus jobStatus(MigrationStatus status) {
        return switch (status) {
            case NONE, SETUP -> JobStatus.CREATED;
            case ACTIVE, POSTCOPY_ACTIVE, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER, DEVICE, COLO, WAIT_UNPLUG ->
                JobStatus.RUNNING;
            case POSTCOPY_PAUSED -> JobStatus.PAUSED;
            case PRE_SWITCHOVER -> JobStatus.WAITING;
            case CANCELLING -> JobStatus.ABORTING;
            case CANCELLED, COMPLETED, FAILED -> JobStatus.CONCLUDED;
        };
    }

    /** Has a job do something: a migration can be cancelled. */
    void apply(String id, JobVerb verb) throws QmpException, MigrationException {
        if (jobs.knows(id) || !id.equals(MIGRATION) || engine.isEmpty()) {
            jobs.apply(id, verb);
            return;
        }
        MigrationStatus status = engine.get().queryMigrate().status().orElse(MigrationStatus.NONE);
        if (!status.isRunning()) {
            throw new QmpException("Job not found");
        }
        if (verb != JobVerb.CANCEL) {
            throw new QmpException("Job '" + id + "' in state '" + jobStatus(status).qapiName()
                    + "' cannot accept command verb '" + verb.word() + "'");
        }
        engine.get().cancel();
    }
}
