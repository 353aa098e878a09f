package io.godwit.protocol.qapi;

/** QAPI {@code MultiFDCompression}. How multifd channels compress pages. */
public enum MultiFDCompression implements QapiEnum {
    NONE,
    ZLIB,
    ZSTD;

    public static final EnumType<MultiFDCompression> TYPE = EnumType.of(MultiFDCompression.class);
}
