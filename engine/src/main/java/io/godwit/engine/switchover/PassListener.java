package io.godwit.engine.switchover;

/** Is told of the passes over RAM, on the migration thread. */
public interface PassListener {

    /** Hears nothing. */
    PassListener NONE = new PassListener() {
        @Override
        public void passBegins(long number) {}

        @Override
        public void passEnded(PassReport report) {}
    };

    /** Pass {@code number}, counting from 1, begins. */
    void passBegins(long number);

    /** A pass that was sent while the guest ran is over. */
    void passEnded(PassReport report);

    /**
     * How a pass went.
     *
     * @param sentBytes what the channel took
     * @param dirtiedPages what the guest wrote meanwhile: the next pass
     * @param expectedDowntimeNanos if the guest were stopped for the rest now
     */
    record PassReport(long number, long sentBytes, long nanos, long dirtiedPages, long expectedDowntimeNanos) {}
}
