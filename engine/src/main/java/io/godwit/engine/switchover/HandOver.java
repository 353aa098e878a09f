package io.godwit.engine.switchover;

import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The instant from which the guest may be somebody else's: just before the stream's EOF byte is given to a wire, because a
 * destination that has it may run the guest; when a file gets its name. Until then a cancel takes the guest back; from then
 * on only the destination's word that it failed does. Where others move together with the guest, all but the giving is done
 * first, and then waits for whoever knows of them all. Any thread.
 */
public final class HandOver {
    private final MigrationState state;
    private boolean given;
    private Decision decision = Decision.NOT_WANTED;
    /** All but the giving has been done. */
    private boolean ready;
    private boolean ended;
    private @Nullable String keptFor;

    private enum Decision {
        NOT_WANTED,
        AWAITED,
        GIVE,
        KEEP
    }

    public HandOver(MigrationState state) {
        this.state = state;
    }

    /** What makes the guest somebody else's: when it throws, it has not done so. Must be quick: a cancel waits for it. */
    @FunctionalInterface
    public interface Deed {
        void perform() throws IOException;
    }

    /** Gives the guest away by {@code deed}, unless somebody has cancelled before. */
    public synchronized void give(Deed deed) throws IOException {
        if (!state.status().isRunning() || state.status() == MigrationStatus.CANCELLING) {
            throw new IOException("cancelled before the hand-over");
        }
        if (keptFor != null) {
            throw new IOException(keptFor);
        }
        ready = true;
        notifyAll();
        await(() -> decision != Decision.AWAITED);
        if (decision == Decision.KEEP) {
            throw new IOException("kept: what was to move with it does not");
        }
        deed.perform();
        given = true;
    }

    /** Has {@link #give} wait for {@link #decide}; once it does a cancel comes too late. Before the migration begins. */
    public synchronized void wantDecision() {
        decision = Decision.AWAITED;
    }

    /** Waits until only the decision is missing, which is true, or the migration has {@link #end ended} without. */
    public synchronized boolean awaitReady() {
        await(() -> ready || ended);
        return !ended;
    }

    /** Whether it is given away. The first decision counts, and none where it was not wanted. */
    public synchronized void decide(boolean give) {
        if (decision == Decision.AWAITED) {
            decision = give ? Decision.GIVE : Decision.KEEP;
            notifyAll();
        }
    }

    /** The migration has ended, one way or the other. */
    public synchronized void end() {
        ended = true;
        notifyAll();
    }

    private synchronized void await(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // nobody interrupts this thread to stop it: a decision does
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Cancels, unless it is too late or has been done. */
    public synchronized boolean cancel() {
        boolean tooLate = given || (ready && decision != Decision.NOT_WANTED);
        return !tooLate && state.cancel();
    }

    /** Never gives the guest away any more, for {@code reason}; false when it is too late for that, or was said before. */
    public synchronized boolean keep(String reason) {
        boolean tooLate = given || (ready && decision != Decision.NOT_WANTED);
        if (tooLate || keptFor != null || !state.status().isRunning()) {
            return false;
        }
        keptFor = reason;
        return true;
    }

    public synchronized boolean isGiven() {
        return given;
    }
}
