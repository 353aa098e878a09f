package io.godwit.protocol.qapi;

/** QAPI {@code MigMode}. What kind of move a migration is; the {@code cpr} modes keep RAM where it is. */
public enum MigMode implements QapiEnum {
    NORMAL,
    CPR_REBOOT,
    CPR_TRANSFER;

    public static final EnumType<MigMode> TYPE = EnumType.of(MigMode.class);
}
