package io.godwit.protocol.qapi;

/** How {@code localhost-migrate} moves RAM; {@code auto} hands over what is in memfds and flips what is not. Not QEMU's. */
public enum LocalhostMigrateMode implements QapiEnum {
    AUTO,
    FLIP,
    HANDOVER;

    public static final EnumType<LocalhostMigrateMode> TYPE = EnumType.of(LocalhostMigrateMode.class);
}
