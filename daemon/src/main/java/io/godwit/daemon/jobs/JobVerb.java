package io.godwit.daemon.jobs;

import io.godwit.protocol.qapi.JobStatus;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a client can tell a job to do, and when. */
public enum JobVerb {
    PAUSE(JobStatus.CREATED, JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.READY, JobStatus.STANDBY),
    RESUME(JobStatus.CREATED, JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.READY, JobStatus.STANDBY),
    CANCEL(JobStatus.CREATED, JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.READY, JobStatus.STANDBY,
            JobStatus.WAITING, JobStatus.PENDING),
    COMPLETE(JobStatus.READY),
    FINALIZE(JobStatus.PENDING),
    DISMISS(JobStatus.CONCLUDED);

    @SuppressWarnings("ImmutableEnumChecker") // Made here and never changed.
    private final Set<JobStatus> allowed;

    JobVerb(JobStatus first, JobStatus... others) {
        allowed = EnumSet.of(first, others);
    }

    /** The verb of that word; empty when there is none. */
    public static Optional<JobVerb> of(String word) {
        return Arrays.stream(values()).filter(verb -> verb.word().equals(word)).findFirst();
    }

    boolean isAllowed(JobStatus status) {
        return allowed.contains(status);
    }

    /** As clients write it, behind {@code job-}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
