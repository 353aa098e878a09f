package io.godwit.protocol.qapi;

/** QAPI {@code JobStatus}. A job is made, runs, and stays concluded until it is dismissed. */
public enum JobStatus implements QapiEnum {
    UNDEFINED,
    CREATED,
    RUNNING,
    PAUSED,
    READY,
    STANDBY,
    WAITING,
    PENDING,
    ABORTING,
    CONCLUDED,
    NULL;

    public static final EnumType<JobStatus> TYPE = EnumType.of(JobStatus.class);
}
