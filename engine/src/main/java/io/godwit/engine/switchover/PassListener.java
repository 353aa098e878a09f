package io.godwit.engine.switchover;

import java.io.IOException;

/** Is told of the passes over RAM, on the migration thread. What it throws ends the migration. */
public interface PassListener {

    /** Hears nothing. */
    PassListener NONE = new PassListener() {
        @Override
        public void passBegins(long number) {}

        @Override
        public void passEnded(PassReport report) {}
    };

    /** Pass {@code number}, counting from 1, begins: what it will send is known. */
    void passBegins(long number) throws IOException;

    /** A pass that was sent while the guest ran is over. */
    void passEnded(PassReport report) throws IOException;

    /**
     * How a pass went.
     *
     * @param sentBytes what the channel took
     * @param dirtiedPages what the guest wrote meanwhile: the next pass
     * @param expectedDowntimeNanos if the guest were stopped for the rest now
     */
    record PassReport(long number, long sentBytes, long nanos, long dirtiedPages, long expectedDowntimeNanos) {}
}
