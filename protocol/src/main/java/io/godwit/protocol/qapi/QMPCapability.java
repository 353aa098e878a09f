package io.godwit.protocol.qapi;

/** QAPI {@code QMPCapability}. What a session can switch on in {@code qmp_capabilities}. */
public enum QMPCapability implements QapiEnum {
    OOB;

    public static final EnumType<QMPCapability> TYPE = EnumType.of(QMPCapability.class);
}
