package io.godwit.protocol.qapi;

/** QAPI {@code QCryptoSecretFormat}. How a secret is written down. */
public enum SecretFormat implements QapiEnum {
    RAW,
    BASE64;

    public static final EnumType<SecretFormat> TYPE = EnumType.of(SecretFormat.class);
}
