package io.godwit.engine.migration;

import java.io.IOException;

/**
 * Waits until a destination that is being recovered has certainly accepted the second connection, that of postcopy-preempt, and
 * not only its kernel. A QEMU that was left in an earlier recovery between that connection and RESUME believes at the next RESUME
 * that it has the connection, and ends (10.0.2: an assertion) when it has not.
 */
@FunctionalInterface
public interface Acceptance {
    /** For who cannot find out. */
    Acceptance UNKNOWN = () -> {};

    /**
     * Called on the migration's thread.
     *
     * @throws IOException when it could not be found out: the migration is paused again
     */
    void await() throws IOException;
}
