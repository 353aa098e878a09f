package io.godwit.daemon.jobs;

/**
 * Others with which a job ends well or not at all. Told under the job's lock: notes it and returns. Its {@link #close} is called
 * when the process ends.
 */
public interface JobGroup extends AutoCloseable {

    /** The job has done its work and waits, until it is {@link Job#finalized()} or {@link Job#failed}. */
    void workDone();

    /** The job has failed. */
    void workFailed();

    /** A client gives up the job, which waits. */
    void cancel();

    /** Gives up all of them, and returns when that is done. */
    @Override
    void close();
}
