package io.godwit.protocol.qapi;

/** QAPI {@code TransactionActionKind}; {@code migrate} is Godwit's own, QEMU has no such action. */
public enum TransactionActionKind implements QapiEnum {
    ABORT,
    BLOCK_DIRTY_BITMAP_ADD,
    BLOCK_DIRTY_BITMAP_REMOVE,
    BLOCK_DIRTY_BITMAP_CLEAR,
    BLOCK_DIRTY_BITMAP_ENABLE,
    BLOCK_DIRTY_BITMAP_DISABLE,
    BLOCK_DIRTY_BITMAP_MERGE,
    BLOCKDEV_BACKUP,
    BLOCKDEV_SNAPSHOT,
    BLOCKDEV_SNAPSHOT_INTERNAL_SYNC,
    BLOCKDEV_SNAPSHOT_SYNC,
    MIGRATE;

    public static final EnumType<TransactionActionKind> TYPE = EnumType.of(TransactionActionKind.class);
}
