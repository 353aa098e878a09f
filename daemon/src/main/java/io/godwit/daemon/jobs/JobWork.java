package io.godwit.daemon.jobs;

import io.godwit.protocol.qmp.QmpException;

/** What a job is about: asked by clients, while it goes on. */
public interface JobWork {

    /**
     * How far it is, in bytes: {@code current} comes up to {@code total} at its end. Neither goes down.
     */
    record Progress(long current, long total) {}

    Progress progress();

    /** Asks for its end; the job hears of that like of any other. */
    void cancel() throws QmpException;
}
