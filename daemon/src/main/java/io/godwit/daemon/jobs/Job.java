package io.godwit.daemon.jobs;

import io.godwit.protocol.qapi.JobStatus;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One job. Any thread.
 *
 * <pre>
 * created -> running -> waiting -> pending -> concluded -> null, when it is dismissed
 *       \----------\-------\-> aborting -----/
 * </pre>
 *
 * It goes through waiting and pending at once, unless it has joined a group.
 */
public final class Job {
    private final String id;
    private final String type;
    private final JobWork work;
    private final JobListener listener;
    private JobStatus status = JobStatus.UNDEFINED;
    private JobWork.Progress last = new JobWork.Progress(0, 0);
    private @Nullable String error;
    private @Nullable JobGroup group;

    Job(String id, String type, JobWork work, JobListener listener) {
        this.id = id;
        this.type = type;
        this.work = work;
        this.listener = listener;
        enter(JobStatus.CREATED);
    }

    public String id() {
        return id;
    }

    private void enter(JobStatus next) {
        status = next;
        listener.statusChanged(id, next);
    }

    synchronized JobStatus status() {
        return status;
    }

    /** From here on it ends with others. To be called before it is {@link #running()}. */
    public synchronized void join(JobGroup others) {
        group = others;
    }

    synchronized Optional<JobGroup> group() {
        return Optional.ofNullable(group);
    }

    /** It works now. */
    public synchronized void running() {
        if (status == JobStatus.CREATED) {
            enter(JobStatus.RUNNING);
        }
    }

    /** Its work is done, well; does nothing when it has ended before. */
    public synchronized void succeeded() {
        if (works()) {
            last = work.progress();
            enter(JobStatus.WAITING);
            if (group == null) {
                finalized();
            } else {
                group.workDone();
            }
        }
    }

    /** Nothing can keep it from having ended well any more. */
    public synchronized void finalized() {
        if (status == JobStatus.WAITING) {
            enter(JobStatus.PENDING);
            enter(JobStatus.CONCLUDED);
        }
    }

    /** It has ended badly; does nothing when it has ended before. */
    public synchronized void failed(String reason) {
        if (works() || status == JobStatus.WAITING) {
            last = works() ? work.progress() : last;
            error = reason;
            enter(JobStatus.ABORTING);
            enter(JobStatus.CONCLUDED);
            if (group != null) {
                group.workFailed();
            }
        }
    }

    private boolean works() {
        return status == JobStatus.CREATED || status == JobStatus.RUNNING;
    }

    synchronized void dismissed() {
        enter(JobStatus.NULL);
    }

    /** Does what needs no further look at the other jobs. */
    void apply(JobVerb verb) throws QmpException {
        check(verb);
        switch (verb) {
            case CANCEL -> cancel();
            case PAUSE, RESUME, COMPLETE, FINALIZE, DISMISS -> {
            }
        }
    }

    /** Asks for its end, from whoever can still bring it about. */
    public void cancel() throws QmpException {
        JobGroup waitsFor = waitsFor();
        if (waitsFor != null) {
            waitsFor.cancel();
        } else {
            work.cancel();
        }
    }

    private synchronized @Nullable JobGroup waitsFor() {
        return status == JobStatus.WAITING ? group : null;
    }

    private synchronized void check(JobVerb verb) throws QmpException {
        if (verb == JobVerb.RESUME) {
            throw new QmpException("Can't resume a job that was not paused");
        }
        if (!verb.isAllowed(status)) {
            throw new QmpException("Job '" + id + "' in state '" + status.qapiName() + "' cannot accept command verb '"
                    + verb.word() + "'");
        }
        if (verb == JobVerb.PAUSE) {
            throw new QmpException("Job '" + id + "' cannot be paused: the guest's memory is being saved as it was");
        }
    }

    /** QAPI {@code JobInfo}. */
    ObjectNode toJson() {
        // Asked without the lock: the work tells its end under a lock of its own.
        return toJson(work.progress());
    }

    private synchronized ObjectNode toJson(JobWork.Progress now) {
        var progress = works() ? now : last;
        var info = JsonNodeFactory.instance.objectNode().put("id", id).put("type", type)
                .put("status", status.qapiName()).put("current-progress", progress.current())
                .put("total-progress", progress.total());
        return error == null ? info : info.put("error", error);
    }
}
