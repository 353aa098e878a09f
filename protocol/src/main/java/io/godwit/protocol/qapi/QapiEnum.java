package io.godwit.protocol.qapi;

/** An enum of QAPI: every constant knows its word on the wire, such as {@code pre-switchover}. */
public interface QapiEnum {

    /** The word as QMP clients write and read it. */
    String qapiName();
}
