package io.godwit.protocol.qapi;

/** QAPI {@code TimeUnit}. The unit of a dirty rate's {@code calc-time}. */
public enum TimeUnit implements QapiEnum {
    SECOND,
    MILLISECOND;

    public static final EnumType<TimeUnit> TYPE = EnumType.of(TimeUnit.class);
}
