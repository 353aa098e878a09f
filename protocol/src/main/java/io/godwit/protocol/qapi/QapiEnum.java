package io.godwit.protocol.qapi;

import java.util.Locale;

/** An enum of QAPI: every constant knows its word on the wire, such as {@code pre-switchover}. */
public interface QapiEnum {

    /** The constant's Java name, which every enum has. */
    String name();

    /** The word as QMP clients write and read it: the Java name in lower case, with dashes. */
    default String qapiName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
