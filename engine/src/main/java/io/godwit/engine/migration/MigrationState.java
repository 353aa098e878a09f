package io.godwit.engine.migration;

import io.godwit.protocol.qapi.MigrationStatus;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The status of one migration and why it failed. Every change is a step from an expected status, told to the listener
 * before anybody can see the next one; the first error wins. Any thread.
 *
 * <pre>
 * outgoing  setup -> active -> [pre-switchover ->] device -> completed
 *           device -> postcopy-active -> completed
 *           postcopy-active -> postcopy-paused -> postcopy-recover-setup -> postcopy-recover -> postcopy-active
 *           postcopy-recover-setup, postcopy-recover -> postcopy-paused
 *           setup -> active -> completed                   a background snapshot
 *           any up to device -> cancelling -> cancelled    any -> failed
 * incoming  setup -> active -> completed                   any -> failed
 *           setup -> cancelling -> cancelled               withdrawn before a source has come
 *           active -> postcopy-active -> completed
 *           postcopy-active -> postcopy-paused -> postcopy-recover -> postcopy-active or postcopy-paused
 * </pre>
 */
public final class MigrationState {
    private final Consumer<MigrationStatus> listener;
    private volatile MigrationStatus status = MigrationStatus.NONE;
    private @Nullable String errorDesc;

    /** @param listener told of each status as it is reached, while the state is locked: it must not call back */
    public MigrationState(Consumer<MigrationStatus> listener) {
        this.listener = listener;
    }

    public MigrationStatus status() {
        return status;
    }

    public synchronized Optional<String> errorDesc() {
        return Optional.ofNullable(errorDesc);
    }

    /** Goes from {@code expected} to {@code next}; false, and nothing happens, when the status is another one. */
    public synchronized boolean advance(MigrationStatus expected, MigrationStatus next) {
        if (status != expected) {
            return false;
        }
        enter(next);
        return true;
    }

    /** Whether the guest has been given away before its memory: such a migration can only go on. */
    public boolean isPostcopy() {
        return switch (status) {
            case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER -> true;
            default -> false;
        };
    }

    /** Asks for the end: false when the migration is already past it, or was asked before. */
    public synchronized boolean cancel() {
        return switch (status) {
            case SETUP, ACTIVE, PRE_SWITCHOVER, DEVICE -> {
                enter(MigrationStatus.CANCELLING);
                yield true;
            }
            default -> false;
        };
    }

    /** Keeps why it fails; the first reason stays. */
    public synchronized void noteError(String reason) {
        if (errorDesc == null) {
            errorDesc = reason;
        }
    }

    /** Forgets what went wrong: it is tried again. */
    public synchronized void forgetError() {
        errorDesc = null;
    }

    /** Ends it badly, unless it has ended. */
    public synchronized void fail(String reason) {
        if (status.isRunning()) {
            noteError(reason);
            enter(MigrationStatus.FAILED);
        }
    }

    private void enter(MigrationStatus next) {
        status = next;
        listener.accept(next);
    }
}
