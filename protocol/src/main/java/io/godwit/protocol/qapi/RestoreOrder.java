package io.godwit.protocol.qapi;

/** Godwit's own: in which order the pages of a restored guest go out that nobody has asked for. */
public enum RestoreOrder implements QapiEnum {
    /** As they lie in the file. */
    LINEAR,
    /** Those first that were asked for first in earlier restores of the file, then as they lie. */
    REPLAY,
    /** None: the guest becomes whole when all has been asked for, or when pushing is begun. */
    ON_DEMAND;

    public static final EnumType<RestoreOrder> TYPE = EnumType.of(RestoreOrder.class);
}
