package io.godwit.engine.guest;

import io.godwit.engine.migration.MigrationException.KernelRefused;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A guest and its run state: the one place where a guest is stopped and let run, so that a client's {@code cont} and a
 * flow's switchover cannot contradict each other. Any thread; calls that wait for vCPUs exclude one another.
 *
 * <pre>
 * prelaunch, paused  <-> running -> finish-migrate -> postmigrate
 * inmigrate -> running, paused, prelaunch          finish-migrate -> what it was, when the migration fails
 * </pre>
 */
public final class GuestRun {

    /** Told of changes while they are made: must not call back. */
    public interface Listener {

        /** Hears nothing. */
        Listener NONE = new Listener() {
            @Override
            public void stopped() {}

            @Override
            public void resumed() {}

            @Override
            public void reset() {}
        };

        void stopped();

        void resumed();

        void reset();
    }

    private static final String RAM_MISSING = "Not while RAM of the guest is still on its way here (postcopy)";

    private final Guest guest;
    private final Listener listener;
    private volatile RunState state;
    private boolean runOnArrival;
    /** Whether it runs before its RAM has come: who waits for a page then cannot be waited for. */
    private boolean ramMissing;
    /** Whether what is missing will never come. */
    private boolean ramLost;
    /** Why the guest's memory is not here, and will not be again; null when it is. */
    private volatile @Nullable String gone;

    /**
     * @param state {@code PRELAUNCH} or {@code INMIGRATE}
     * @param runOnArrival whether a guest that was running at the source will run here at once
     */
    public GuestRun(Guest guest, RunState state, boolean runOnArrival, Listener listener) {
        this.guest = guest;
        this.state = state;
        this.runOnArrival = runOnArrival;
        this.listener = listener;
    }

    public RunState state() {
        return state;
    }

    /** QMP's stop. Where nothing runs it changes nothing, save what happens on arrival. */
    public synchronized void stop() {
        if (state == RunState.RUNNING) {
            pause();
            state = RunState.PAUSED;
            listener.stopped();
        } else if (state == RunState.INMIGRATE) {
            runOnArrival = false;
        }
    }

    /** Whoever waits for a page may do so until a lost source is back: the caller, a monitor, must not. */
    private void pause() {
        if (ramMissing) {
            guest.askToPause();
        } else {
            guest.pause();
        }
    }

    /** QMP's cont. In postmigrate it is the operator's explicit wish, and obeyed. */
    public synchronized void cont() throws Refused {
        refuseWhatCannotRun();
        switch (state) {
            case RUNNING -> {
            }
            case INMIGRATE -> runOnArrival = true;
            case FINISH_MIGRATE -> throw new Refused("Migration is not finalized yet");
            default -> {
                if (ramLost) {
                    throw new Refused("RAM of the guest is missing and will not come any more");
                }
                run();
            }
        }
    }

    /** QMP's system_reset. */
    public synchronized void systemReset() throws Refused, KernelRefused {
        refuseWhatCannotRun();
        if (state == RunState.INMIGRATE || state == RunState.FINISH_MIGRATE) {
            throw new Refused("Cannot reset the guest while it is being migrated");
        }
        if (ramMissing) {
            throw new Refused(RAM_MISSING);
        }
        boolean wasRunning = state == RunState.RUNNING;
        guest.pause();
        try {
            guest.reset();
        } catch (IOException e) {
            state = RunState.INTERNAL_ERROR;
            throw new KernelRefused("Cannot reset the guest: " + e.getMessage(), e);
        }
        listener.reset();
        if (wasRunning) {
            guest.resume();
        } else {
            state = RunState.PRELAUNCH;
        }
    }

    private void refuseWhatCannotRun() throws Refused {
        if (guest.cannotRun().isPresent()) {
            throw new Refused(guest.cannotRun().get());
        }
        String reason = gone;
        if (reason != null) {
            throw new Refused(reason);
        }
    }

    /** Why nothing can be done with the guest any more, because its memory has left this process. */
    public Optional<String> gone() {
        return Optional.ofNullable(gone);
    }

    /** Stops the guest for good, as far as the migration has its way; returns what it was. */
    public synchronized RunState finishMigrate() {
        RunState before = state;
        if (before == RunState.RUNNING) {
            guest.pause();
            listener.stopped();
        }
        state = RunState.FINISH_MIGRATE;
        return before;
    }

    /** The migration failed before the hand-over: the guest is again what it was. */
    public synchronized void takeBack(RunState before) {
        if (before == RunState.RUNNING) {
            run();
        } else {
            state = before;
        }
    }

    /** The guest is, or may be, somebody else's now. Nothing but an operator's cont lets it run here again. */
    public synchronized void handOver() {
        state = RunState.POSTMIGRATE;
    }

    /** As {@link #handOver}, and the memory itself went along: there is nothing here that could run again. */
    public synchronized void handOverWithMemory(String reason) {
        state = RunState.POSTMIGRATE;
        gone = reason;
    }

    /** The guest was stopped for a migration in which its memory got lost: it runs nowhere. */
    public synchronized void lose(String reason) {
        state = RunState.INTERNAL_ERROR;
        gone = reason;
    }

    /** A guest is awaited; returns what was here before, for {@link #takeBack} should it not come. */
    public synchronized RunState awaitArrival() {
        RunState before = state;
        state = RunState.INMIGRATE;
        return before;
    }

    /** A guest has arrived: {@code settle} makes it this one, and says what it was at the source. */
    public synchronized void arrive(Supplier<RunState> settle) {
        RunState saved = settle.get();
        if (saved == RunState.RUNNING && runOnArrival && guest.cannotRun().isEmpty()) {
            run();
        } else {
            state = saved == RunState.RUNNING ? RunState.PAUSED : saved;
        }
    }

    /** As {@link #arrive}, of a guest whose RAM is still to come. */
    public synchronized void arriveEarly(Supplier<RunState> settle) {
        ramMissing = true;
        arrive(settle);
    }

    /** All RAM of a guest that arrived early has come. */
    public synchronized void ramIsWhole() {
        ramMissing = false;
    }

    /** Whether RAM of the guest has not come, and perhaps never will. */
    public synchronized boolean lacksRam() {
        return ramMissing;
    }

    /** The rest of a guest that arrived early will never come: it is not run any more. */
    public synchronized void giveUp() {
        runOnArrival = false;
        ramLost = ramMissing;
        if (state == RunState.RUNNING) {
            guest.askToPause();
            state = RunState.INTERNAL_ERROR;
            listener.stopped();
        }
    }

    /** Something in the guest or under it broke, and it stands still. */
    public synchronized void crashed() {
        if (state == RunState.RUNNING) {
            pause();
            state = RunState.INTERNAL_ERROR;
            listener.stopped();
        }
    }

    /** Does {@code work} while the guest stands still, whatever it does before and after. */
    public synchronized <T> T whileStill(Work<T> work) throws IOException {
        checkRamIsHere();
        boolean wasRunning = state == RunState.RUNNING;
        guest.pause();
        try {
            return work.run();
        } finally {
            if (wasRunning) {
                guest.resume();
            }
        }
    }

    private void checkRamIsHere() throws IOException {
        if (ramMissing) {
            throw new IOException(RAM_MISSING);
        }
        String reason = gone;
        if (reason != null) {
            throw new IOException(reason);
        }
    }

    /** Something to do with a guest that stands still. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    /** As {@link #whileStill}, of a guest that is seen to stand still, and runs on, whatever comes of {@code work}. */
    public synchronized void interrupt(Interruption work) throws IOException {
        checkRamIsHere();
        RunState was = state;
        if (was == RunState.RUNNING) {
            guest.pause();
            state = RunState.PAUSED;
            listener.stopped();
        }
        try {
            work.run(was);
        } finally {
            if (was == RunState.RUNNING) {
                run();
            }
        }
    }

    /** Something to do with a guest that stands still, and was {@code was} before. */
    @FunctionalInterface
    public interface Interruption {
        void run(RunState was) throws IOException;
    }

    private void run() {
        guest.resume();
        state = RunState.RUNNING;
        listener.resumed();
    }
}
