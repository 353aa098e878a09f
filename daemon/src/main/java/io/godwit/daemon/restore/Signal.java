package io.godwit.daemon.restore;

import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationStatus;
import java.util.Optional;

/** What the thread of a restore waits for. */
sealed interface Signal {

    /** Its status has changed. */
    record Status(MigrationStatus status) implements Signal {}

    /** An operator wants it to go on: where, or there where its QEMU is told to wait. */
    record GoOn(Optional<Endpoint> where) implements Signal {}

    /** The daemon ends, and leaves the restore to another. */
    record Leave() implements Signal {}
}
