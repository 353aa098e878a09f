package io.godwit.engine.linux;

/** What a descriptor was opened for. */
public enum AccessMode {
    READ_ONLY,
    WRITE_ONLY,
    READ_WRITE
}
