package io.godwit.protocol.qapi;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code RunState}: what {@code query-status} answers. Only {@link #RUNNING} means that vCPUs run. */
public enum RunState implements QapiEnum {
    DEBUG,
    INMIGRATE,
    INTERNAL_ERROR,
    IO_ERROR,
    PAUSED,
    POSTMIGRATE,
    PRELAUNCH,
    FINISH_MIGRATE,
    RESTORE_VM,
    RUNNING,
    SAVE_VM,
    SHUTDOWN,
    SUSPENDED,
    WATCHDOG,
    GUEST_PANICKED,
    COLO;

    public static final EnumType<RunState> TYPE = EnumType.of(RunState.class);

    /** QAPI {@code StatusInfo}, which {@code query-status} answers. */
    public ObjectNode toStatusInfo() {
        return JsonNodeFactory.instance.objectNode().put("status", qapiName()).put("running", this == RUNNING);
    }
}
