package io.godwit.protocol.qapi;

/** QAPI {@code MigrationCapability}, in QEMU 10's order. */
public enum MigrationCapability implements QapiEnum {
    XBZRLE,
    RDMA_PIN_ALL,
    AUTO_CONVERGE,
    ZERO_BLOCKS,
    EVENTS,
    POSTCOPY_RAM,
    X_COLO,
    RELEASE_RAM,
    RETURN_PATH,
    PAUSE_BEFORE_SWITCHOVER,
    MULTIFD,
    DIRTY_BITMAPS,
    POSTCOPY_BLOCKTIME,
    LATE_BLOCK_ACTIVATE,
    X_IGNORE_SHARED,
    VALIDATE_UUID,
    BACKGROUND_SNAPSHOT,
    ZERO_COPY_SEND,
    POSTCOPY_PREEMPT,
    SWITCHOVER_ACK,
    DIRTY_LIMIT,
    MAPPED_RAM;

    public static final EnumType<MigrationCapability> TYPE = EnumType.of(MigrationCapability.class);
}
