package io.godwit.protocol.qapi;

/** QAPI {@code ActionCompletionMode}: whether the jobs of a transaction end each by itself, or succeed and fail together. */
public enum ActionCompletionMode implements QapiEnum {
    INDIVIDUAL,
    GROUPED;

    public static final EnumType<ActionCompletionMode> TYPE = EnumType.of(ActionCompletionMode.class);
}
