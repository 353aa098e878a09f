package io.godwit.protocol.qapi;

/** QAPI {@code MigrationChannelType}. What a channel of {@code migrate} is for. Only {@code main} carries a migration. */
public enum MigrationChannelType implements QapiEnum {
    MAIN,
    CPR;

    public static final EnumType<MigrationChannelType> TYPE = EnumType.of(MigrationChannelType.class);
}
