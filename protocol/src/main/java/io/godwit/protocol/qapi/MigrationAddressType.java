package io.godwit.protocol.qapi;

/** QAPI {@code MigrationAddressType}. The ways a migration can travel; tag of {@code MigrationAddress}. */
public enum MigrationAddressType implements QapiEnum {
    SOCKET,
    EXEC,
    RDMA,
    FILE;

    public static final EnumType<MigrationAddressType> TYPE = EnumType.of(MigrationAddressType.class);
}
