package io.godwit.protocol.qapi;

/** All migration parameters with their values. */
public final class MigrationParameters {
    private MigrationParameters() {}
}
