package io.godwit.protocol.qapi;

/** QAPI {@code QCryptoTLSCredsEndpoint}. Which end of a connection credentials are for. */
public enum QCryptoTLSCredsEndpoint implements QapiEnum {
    CLIENT,
    SERVER;

    public static final EnumType<QCryptoTLSCredsEndpoint> TYPE = EnumType.of(QCryptoTLSCredsEndpoint.class);
}
