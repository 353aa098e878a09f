package io.godwit.protocol.qapi;

import java.util.Locale;

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

    @Override
    public String qapiName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
