package io.godwit.engine;

import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.outgoing.OutgoingMigration;

/**
 * A migration whose file is open or whose peer is connected, with status {@code setup}, and of which the guest has not noticed
 * anything yet. Either {@link #begin} or {@link #abandon} ends that, once. Any thread.
 *
 * <pre>
 * prepared --begin--> guest stands still, device state caught, RAM protected, action --> guest goes on --> saved in the background
 *     |                     |  what fails here, the action too: undone, the guest goes on as before, begin throws
 *     +--abandon, cancel----+--> the file is gone, the guest as it was
 * </pre>
 */
public final class PreparedMigration implements AutoCloseable {
    private final OutgoingMigration migration;

    PreparedMigration(OutgoingMigration migration) {
        this.migration = migration;
    }

    /**
     * Stops the guest, catches the instant, does {@code action}, which is the last that can fail, and lets the guest run on if it
     * ran. Returns then; from there on the migration is like any other: {@code query-migrate} tells how it ends, and a cancel
     * drops what was saved.
     *
     * <p>A guest that was paused at the preparation is not let run, and migrates as by a plain {@code migrate}: begins are
     * refused if it has been let run meanwhile.
     *
     * @throws E what {@code action} threw; the migration has failed and everything is undone then
     * @throws MigrationException when the instant could not be caught, or the migration was cancelled; {@code action} has not
     *             been run, and everything is undone
     * @throws IllegalStateException when it has begun or was abandoned before
     */
    public <E extends Exception> void begin(WhileStill<E> action) throws MigrationException, E {
        migration.begin(action);
    }

    /** Gives everything back, with status {@code cancelled}; does nothing once it has begun or ended. Returns when that is done. */
    public void abandon() {
        migration.abandon();
    }

    /** As {@link #abandon}. Idempotent; a migration that has begun goes on. */
    @Override
    public void close() {
        abandon();
    }
}
