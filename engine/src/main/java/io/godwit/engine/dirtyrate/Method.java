package io.godwit.engine.dirtyrate;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;

/** A way to find how fast RAM is written. Used once, by one thread. */
interface Method {

    /** Waits, and tells whether it is to end instead. */
    interface Break {
        /** Waits for so long, less if it is to end: whether it is. */
        boolean await(long nanos) throws InterruptedException;

        /** Whether it is to end. */
        boolean isWanted();
    }

    /** MiB in a second; empty when it was broken off. */
    OptionalLong measure(Duration calcTime, Break end) throws IOException, InterruptedException;

    /** Whether it has the guest's dirty log meanwhile. */
    boolean usesDirtyLog();
}
