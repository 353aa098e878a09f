package io.godwit.protocol.qapi;

/** QAPI {@code DirtyRateStatus}: how a measurement of the dirty rate stands. */
public enum DirtyRateStatus implements QapiEnum {
    UNSTARTED,
    MEASURING,
    MEASURED;

    public static final EnumType<DirtyRateStatus> TYPE = EnumType.of(DirtyRateStatus.class);
}
