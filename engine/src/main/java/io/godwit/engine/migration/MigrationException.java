package io.godwit.engine.migration;

import org.jspecify.annotations.Nullable;

/**
 * What ends a migration, or refuses a command, told apart by what an operator can do about it. The message is a whole
 * sentence for a person: it becomes {@code error-desc} or the description of a QMP error as it is.
 */
public abstract sealed class MigrationException extends Exception {
    private static final long serialVersionUID = 1;

    private MigrationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The other end or the way to it is gone: try again when it is back. */
    public static final class ChannelLost extends MigrationException {
        private static final long serialVersionUID = 1;

        public ChannelLost(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What the peer sent is no valid stream. */
    public static final class ProtocolViolation extends MigrationException {
        private static final long serialVersionUID = 1;

        public ProtocolViolation(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A valid stream, but not for this guest: start the destination like the source. */
    public static final class Incompatible extends MigrationException {
        private static final long serialVersionUID = 1;

        public Incompatible(String message) {
            super(message, null);
        }
    }

    /** The kernel refused something on this host. */
    public static final class KernelRefused extends MigrationException {
        private static final long serialVersionUID = 1;

        public KernelRefused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Not now, or not like this: nothing has changed. */
    public static final class Refused extends MigrationException {
        private static final long serialVersionUID = 1;

        public Refused(String message) {
            super(message, null);
        }
    }

    /** The operator cancelled. */
    public static final class Cancelled extends MigrationException {
        private static final long serialVersionUID = 1;

        public Cancelled() {
            super("cancelled", null);
        }
    }
}
