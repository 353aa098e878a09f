package io.godwit.protocol.qapi;

/** QAPI {@code NewImageMode}: whether a command makes the image it names, or finds it made. */
public enum NewImageMode implements QapiEnum {
    EXISTING,
    ABSOLUTE_PATHS;

    public static final EnumType<NewImageMode> TYPE = EnumType.of(NewImageMode.class);
}
