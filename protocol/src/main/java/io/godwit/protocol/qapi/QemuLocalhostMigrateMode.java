package io.godwit.protocol.qapi;

/**
 * How {@code localhost-migrate} moves a guest that runs in a QEMU; {@code auto} takes the first of the others that the guest
 * allows. Not QEMU's.
 */
public enum QemuLocalhostMigrateMode implements QapiEnum {
    AUTO,
    /** RAM is handed over as descriptors: QEMU's {@code cpr-transfer}. */
    CPR,
    /** The guest goes before its memory, which is given up at the source as it goes. */
    POSTCOPY,
    /** Memory goes first, and is there twice. */
    PRECOPY;

    public static final EnumType<QemuLocalhostMigrateMode> TYPE = EnumType.of(QemuLocalhostMigrateMode.class);
}
