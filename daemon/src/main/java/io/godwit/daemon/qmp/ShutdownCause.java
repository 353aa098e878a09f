package io.godwit.daemon.qmp;

import io.godwit.protocol.qapi.QapiEnum;

/** Why a guest ends or is reset: QAPI {@code ShutdownCause}, as far as it happens here. */
public enum ShutdownCause implements QapiEnum {
    /** The guest asked for it: the cause of a RESET. */
    GUEST_RESET("guest-reset"),
    /** Somebody sent {@code quit}. */
    HOST_QMP_QUIT("host-qmp-quit"),
    /** Somebody sent {@code system_reset}: the cause of a RESET. */
    HOST_QMP_SYSTEM_RESET("host-qmp-system-reset"),
    /** SIGTERM, SIGINT or SIGHUP. */
    HOST_SIGNAL("host-signal");

    private final String qapiName;

    ShutdownCause(String qapiName) {
        this.qapiName = qapiName;
    }

    @Override
    public String qapiName() {
        return qapiName;
    }
}
