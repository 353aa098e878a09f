package io.godwit.protocol.qapi;

/** QAPI {@code YankInstanceType}. What {@code yank} can break off. */
public enum YankInstanceType implements QapiEnum {
    BLOCK_NODE,
    CHARDEV,
    MIGRATION;

    public static final EnumType<YankInstanceType> TYPE = EnumType.of(YankInstanceType.class);
}
