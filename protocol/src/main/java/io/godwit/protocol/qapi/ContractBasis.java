package io.godwit.protocol.qapi;

/** What a forecast of a migration with terms goes by. */
public enum ContractBasis implements QapiEnum {
    /** Before the start: a sample of RAM, how fast the guest wrote for a moment, and max-bandwidth for the link. */
    SAMPLE,
    /** The link's speed so far, too: 100 ms of it or more. */
    LINK
}
