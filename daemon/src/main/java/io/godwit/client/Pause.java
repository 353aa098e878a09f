package io.godwit.client;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How the client passes the time between two looks at a migration. */
@FunctionalInterface
interface Pause {
    /** Short enough for a bar that moves, long enough to cost the daemon nothing. */
    Pause BETWEEN_LOOKS = () -> LockSupport.parkNanos(Duration.ofMillis(100).toNanos());

    void await();
}
