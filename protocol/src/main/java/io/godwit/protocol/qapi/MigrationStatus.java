package io.godwit.protocol.qapi;

/** QAPI {@code MigrationStatus}: the states of an outgoing or incoming migration, as {@code query-migrate} shows them. */
public enum MigrationStatus implements QapiEnum {
    NONE,
    SETUP,
    CANCELLING,
    CANCELLED,
    ACTIVE,
    POSTCOPY_ACTIVE,
    POSTCOPY_PAUSED,
    POSTCOPY_RECOVER_SETUP,
    POSTCOPY_RECOVER,
    COMPLETED,
    FAILED,
    COLO,
    PRE_SWITCHOVER,
    DEVICE,
    WAIT_UNPLUG;

    public static final EnumType<MigrationStatus> TYPE = EnumType.of(MigrationStatus.class);

    /** Whether a migration is under way: another cannot start, capabilities cannot change. */
    public boolean isRunning() {
        return switch (this) {
            case SETUP, CANCELLING, ACTIVE, POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER,
                    COLO, PRE_SWITCHOVER, DEVICE, WAIT_UNPLUG ->
                true;
            case NONE, CANCELLED, COMPLETED, FAILED -> false;
        };
    }
}
