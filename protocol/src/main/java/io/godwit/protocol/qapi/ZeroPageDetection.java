package io.godwit.protocol.qapi;

/** QAPI {@code ZeroPageDetection}. Who looks for pages of zeros. */
public enum ZeroPageDetection implements QapiEnum {
    NONE,
    LEGACY,
    MULTIFD;

    public static final EnumType<ZeroPageDetection> TYPE = EnumType.of(ZeroPageDetection.class);
}
