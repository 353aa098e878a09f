package io.godwit.daemon.jobs;

import io.godwit.protocol.qapi.JobStatus;

/** Told of each status of each job, in order, by the thread that changed it: must not wait and not call back. */
@FunctionalInterface
public interface JobListener {
    void statusChanged(String id, JobStatus status);
}
