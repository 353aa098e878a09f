package io.godwit.daemon.transaction;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Job;
import io.godwit.daemon.jobs.JobGroup;
import io.godwit.engine.linux.NativeThread;
import io.godwit.protocol.qmp.QmpException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The jobs of one grouped transaction: the save of the memory and those of the block layer, which groups its own by itself. All of
 * them end well or none: the block layer's are held at {@code pending}, where they can still be cancelled, until the memory is
 * saved, and its file goes again when one of them fails. Owns the thread {@code transaction-group}, which ends with them.
 */
final class CompletionGroup implements JobGroup {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionGroup.class);
    /** Between two looks at the block layer's jobs. What happens to the memory is told at once. */
    private static final long LOOK_NANOS = 100_000_000;
    /** A job that was told to end has room for so many looks. */
    private static final int MOST_LOOKS = 300;

    private final BlockLayer blockLayer;
    private final List<GroupedBackup> backups;
    private final Job save;
    private final SavedFile file;
    private final Thread thread;
    private volatile boolean saved;
    private volatile boolean failed;
    private volatile boolean cancelled;
    private volatile boolean started;

    /** @param save joins it */
    CompletionGroup(BlockLayer blockLayer, List<GroupedBackup> backups, Job save, SavedFile file) {
        this.blockLayer = blockLayer;
        this.backups = backups;
        this.save = save;
        this.file = file;
        thread = Thread.ofPlatform().name("transaction-group").unstarted(this::run);
        save.join(this);
    }

    /** All have begun. */
    void start() {
        started = true;
        thread.start();
    }

    @Override
    public void workDone() {
        saved = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void workFailed() {
        failed = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void cancel() {
        cancelled = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void close() {
        cancel();
        if (started) {
            NativeThread.join(thread);
        }
    }

    private void run() {
        try {
            if (awaitAllDone()) {
                finalizeAll();
            } else {
                cancelAll();
            }
        } catch (QmpException e) {
            LOG.warn("The jobs of a grouped transaction are given up: {}", e.error().desc());
            cancelAll();
        }
        backups.stream().filter(GroupedBackup::isDismissedByItself).forEach(backup -> tell("job-dismiss", backup));
    }

    /** False when one of them will not be, because somebody wants it so. */
    private boolean awaitAllDone() throws QmpException {
        while (goesOn()) {
            boolean allPending = true;
            var jobs = jobs();
            for (GroupedBackup backup : backups) {
                allPending &= isPending(backup, jobs.get(backup.id()));
            }
            if (allPending && saved) {
                return true;
            }
            look();
        }
        return false;
    }

    private static boolean isPending(GroupedBackup backup, @Nullable JsonNode job) throws QmpException {
        if (job == null) {
            throw new QmpException("job '" + backup.id() + "' is gone");
        }
        return switch (job.path("status").asString("")) {
            case "pending" -> true;
            case "aborting", "concluded", "null" -> throw new QmpException(
                    "job '" + backup.id() + "' has ended: " + job.path("error").asString("finalized by a client"));
            default -> false;
        };
    }

    /** One of them finalizes them all. */
    private void finalizeAll() throws QmpException {
        blockLayer.tellJob("job-finalize", backups.getFirst().id());
        awaitEnd();
        var jobs = jobs();
        for (GroupedBackup backup : backups) {
            JsonNode job = jobs.get(backup.id());
            if (job != null && job.has("error")) {
                throw new QmpException("job '" + backup.id() + "': " + job.path("error").asString(""));
            }
        }
        save.finalized();
    }

    private void cancelAll() {
        tell("job-cancel", backups.getFirst()); // and with it the others
        if (!failed) {
            cancelSave();
        }
        try {
            awaitEnd();
        } catch (QmpException e) {
            LOG.warn("The block layer's jobs of a grouped transaction: {}", e.error().desc());
        }
    }

    /** It ends as cancelled, or is done by a hair and its file goes. */
    private void cancelSave() {
        if (!saved) {
            try {
                save.cancel();
            } catch (QmpException e) {
                LOG.warn("The save of a grouped transaction could not be cancelled: {}", e.error().desc());
            }
            awaitSave();
        }
        if (saved) {
            file.remove();
            save.failed("Operation canceled");
        }
    }

    private void tell(String verb, GroupedBackup backup) {
        try {
            blockLayer.tellJob(verb, backup.id());
        } catch (QmpException e) {
            LOG.debug("{} of '{}': {}", verb, backup.id(), e.error().desc()); // it has ended before, or with the block layer
        }
    }

    private void awaitEnd() throws QmpException {
        for (int looks = 0; looks < MOST_LOOKS; looks++) {
            var jobs = jobs();
            if (backups.stream().allMatch(backup -> hasEnded(jobs.get(backup.id())))) {
                return;
            }
            look();
        }
        throw new QmpException("they do not end");
    }

    private static boolean hasEnded(@Nullable JsonNode job) {
        return job == null || job.path("status").asString("").equals("concluded");
    }

    private Map<String, JsonNode> jobs() throws QmpException {
        Map<String, JsonNode> jobs = new HashMap<>();
        blockLayer.execute("query-jobs", JsonNodeFactory.instance.objectNode())
                .forEach(job -> jobs.put(job.path("id").asString(""), job));
        return jobs;
    }

    private boolean goesOn() {
        return !failed && !cancelled;
    }

    private void awaitSave() {
        while (!saved && !failed) {
            LockSupport.park(this);
        }
    }

    /** Until the next look, or until something is told: callers look again at what they wait for. */
    private void look() {
        LockSupport.parkNanos(this, LOOK_NANOS);
    }
}
