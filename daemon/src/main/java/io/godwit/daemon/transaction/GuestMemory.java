package io.godwit.daemon.transaction;

import io.godwit.daemon.jobs.Job;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qmp.QmpException;

/** The guest's side of a transaction: who saves its memory as it is at an instant. */
public interface GuestMemory {

    /** Opens and checks all that the save needs; the guest notices nothing. */
    Prepared prepare(MigrateArguments arguments) throws QmpException;

    /** A save that can be begun, or abandoned by closing it: once, either of them. */
    interface Prepared extends AutoCloseable {

        /** What the save is to clients. */
        Job job();

        /**
         * Stops the guest, catches the instant, runs {@code commit}, which is the last that can fail, and lets the guest go on if it
         * ran. The save goes on in the background. When this throws, nothing of the save is left and the guest is as it was.
         */
        void begin(Commit commit) throws QmpException;

        /** Undoes a preparation that has not been begun. Idempotent. */
        @Override
        void close();
    }

    /** What is to happen while the guest stands still. */
    @FunctionalInterface
    interface Commit {
        void run() throws QmpException;
    }
}
