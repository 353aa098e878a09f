package io.godwit.engine;

import io.godwit.protocol.qapi.MigrationStatus;

/**
 * What a guest's engine tells whoever listens. Calls come from the thread that made the change, one at a time, in the
 * order of the changes, and while the engine's lock is held: note, hand on, return; never block, never call back. What is not
 * overridden is not heard.
 */
public interface EngineEvents {

    /** The guest stands still now: QMP's STOP. */
    default void stopped() {}

    /** The guest runs again: QMP's RESUME. */
    default void resumed() {}

    /** The guest was reset, by itself or by a client: QMP's RESET. */
    default void reset(boolean byGuest) {}

    /** The migration's status changed. QMP clients see it only with the capability {@code events}. */
    default void migrationStatus(MigrationStatus status) {}

    /** A pass over RAM begins, counting from 1. */
    default void migrationPass(long pass) {}

    /**
     * So many bytes of RAM are left to the guest beside its balloon: QMP's BALLOON_CHANGE. As often as the guest likes, and from its
     * own threads, which hold no lock.
     */
    default void balloonChanged(long bytesLeft) {}

    /** An incoming migration failed that was started with exit-on-error: the guest is of no use any more. */
    default void incomingFailed(String errorDesc) {}
}
