package io.godwit.protocol.qapi;

/** QAPI {@code SocketAddressType}. The kinds of stream sockets; tag of {@code SocketAddress}. */
public enum SocketAddressType implements QapiEnum {
    INET,
    UNIX,
    VSOCK,
    FD;

    public static final EnumType<SocketAddressType> TYPE = EnumType.of(SocketAddressType.class);
}
