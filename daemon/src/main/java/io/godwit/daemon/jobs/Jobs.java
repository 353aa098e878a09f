package io.godwit.daemon.jobs;

import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The jobs of one guest, from their begin until they are dismissed. At most {@value #MOST_CONCLUDED} that have ended are kept:
 * a client that never dismisses any loses the oldest. Any thread.
 */
public final class Jobs implements AutoCloseable {
    private static final int MOST_CONCLUDED = 64;

    private final JobListener listener;
    private final Map<String, Job> byId = new LinkedHashMap<>();
    private long lastNumber;

    public Jobs(JobListener listener) {
        this.listener = listener;
    }

    /**
     * A new job, which stands still until it is told that it is {@link Job#running()}.
     *
     * @param type what {@code query-jobs} calls it; with a number behind it, its id
     */
    public synchronized Job create(String type, JobWork work) {
        forgetOldest();
        var job = new Job(type + lastNumber++, type, work, listener);
        byId.put(job.id(), job);
        return job;
    }

    /**
     * A new job that its client has named.
     *
     * @throws QmpException when that is no name for a job, or another one has it
     */
    public synchronized Job create(String id, String type, JobWork work) throws QmpException {
        if (!id.matches("[A-Za-z][A-Za-z0-9._-]*")) {
            throw new QmpException("Invalid job ID '" + id + "'");
        }
        if (byId.containsKey(id)) {
            throw new QmpException("Job ID '" + id + "' already in use");
        }
        forgetOldest();
        var job = new Job(id, type, work, listener);
        byId.put(id, job);
        return job;
    }

    private void forgetOldest() {
        var concluded = byId.values().stream().filter(job -> JobVerb.DISMISS.isAllowed(job.status())).toList();
        if (concluded.size() >= MOST_CONCLUDED) {
            dismiss(concluded.getFirst());
        }
    }

    private void dismiss(Job job) {
        byId.remove(job.id());
        job.dismissed();
    }

    /** Dismisses a job that has ended, unless a client has done so. */
    public synchronized void drop(Job job) {
        if (byId.containsKey(job.id())) {
            dismiss(job);
        }
    }

    /** Whether all have come to their end. */
    public synchronized boolean areConcluded() {
        return byId.values().stream().allMatch(job -> JobVerb.DISMISS.isAllowed(job.status()));
    }

    /** Whether there is a job of that id. */
    public synchronized boolean knows(String id) {
        return byId.containsKey(id);
    }

    /** Has a job do something. */
    public void apply(String id, JobVerb verb) throws QmpException {
        Job job = find(id);
        job.apply(verb);
        if (verb == JobVerb.DISMISS) {
            drop(job);
        }
    }

    private synchronized Job find(String id) throws QmpException {
        Job job = byId.get(id);
        if (job == null) {
            throw new QmpException("Job not found");
        }
        return job;
    }

    /** Gives up those that end with others. */
    @Override
    public void close() {
        groups().forEach(JobGroup::close); // without the lock: they tell their jobs
    }

    private synchronized List<JobGroup> groups() {
        return byId.values().stream().flatMap(job -> job.group().stream()).toList();
    }

    /** QAPI {@code JobInfo} of each, the newest first. */
    public synchronized List<ObjectNode> query() {
        var infos = new ArrayList<ObjectNode>();
        byId.values().forEach(job -> infos.addFirst(job.toJson()));
        return infos;
    }
}
