package io.godwit.protocol.qapi;

/** QAPI {@code DirtyRateMeasureMode}. How {@code calc-dirty-rate} measures. */
public enum DirtyRateMeasureMode implements QapiEnum {
    PAGE_SAMPLING,
    DIRTY_RING,
    DIRTY_BITMAP;

    public static final EnumType<DirtyRateMeasureMode> TYPE = EnumType.of(DirtyRateMeasureMode.class);
}
