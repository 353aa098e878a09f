package io.godwit.engine.outgoing;

import io.godwit.engine.migration.WhileStill;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.Optional;

/** What a migration does with its open channel. The migration thread calls, in this order. */
interface Flow extends AutoCloseable {

    /** Does what can be done, and finds out what cannot, before the guest notices anything. */
    void prepare() throws IOException;

    /**
     * Begins, with {@code action} while the guest stands still.
     *
     * @throws Start.ActionFailedException when the action has failed, after which the guest is what it was
     */
    void begin(Optional<WhileStill<?>> action) throws IOException;

    /** Does the rest; returns the status from which the migration is completed. */
    MigrationStatus finish() throws IOException;

    /** One of the others has failed: puts right what is to be put right with the guest, and notes what else there is to say. */
    void failed(Throwable failure);

    /** Gives back what it took. */
    @Override
    void close();
}
