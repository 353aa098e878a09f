package io.godwit.engine.guest;

import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the flows know of a guest: RAM, device state, and something that runs. Owns all of it until {@link #close}. A new
 * guest stands still. Calls come from one thread at a time (the run state's lock sees to it); {@link #startDirtyLog} and
 * {@link #throttle} may come from the migration thread while the guest runs.
 */
public interface Guest extends AutoCloseable {

    /** Names the machine in the stream's configuration, such as {@code godwit-kvm-1}: only its like can load its state. */
    String machineType();

    /** All RAM, in the order of the stream's block list. */
    List<? extends RamBlock> ram();

    /** The device state, to be written while the guest stands still. */
    DeviceState deviceState();

    /** A guest that will arrive from elsewhere and become this one. At most one at a time; the caller closes it. */
    Arrival arrival();

    /** The UUID that its streams carry whether or not one asks for it; empty when it has none of its own. */
    default Optional<UUID> uuid() {
        return Optional.empty();
    }

    /** Whether the RAM of a destination for it is all zero at first. A PC's has its firmware in some blocks. */
    default boolean ramStartsZero() {
        return true;
    }

    /** Why nothing can ever run here; empty for a guest that can. */
    default Optional<String> cannotRun() {
        return Optional.empty();
    }

    /** One entry for each virtual CPU: the host thread that runs it, for {@code query-cpus-fast}. */
    List<Integer> cpuThreadIds();

    /** Returns when nothing of the guest runs any more. Does nothing when it stands still already. */
    void pause();

    /**
     * Asks it to stand still, and does not wait: nothing of it goes on but what waits for a page of its RAM, which stands still
     * as soon as that has come. {@link #pause} waits for it.
     */
    void askToPause();

    /** Lets it run from where it stands. Does nothing when it runs. */
    void resume();

    /** Back to power-on: devices and program as new. Only while paused. */
    void reset() throws IOException;

    /** Starts to note which pages are written, whoever writes them. At most one log at a time. */
    DirtyLog startDirtyLog() throws IOException;

    /** Where it says what memory it does not need; empty for a guest of a kind that never does. */
    default Optional<FreePages> freePages() {
        return Optional.empty();
    }

    /** Slows the guest down: it stands still {@code percent} of the time, 0 to 99. Survives pause and resume. */
    void throttle(int percent);

    /**
     * Checks the guest's RAM against what its program must have left there. The guest is paused meanwhile by the caller.
     */
    Verification verify() throws IOException;

    /** Stops everything and gives back memory, descriptors and threads. Idempotent. */
    @Override
    void close();

    /** What {@link #verify} found. */
    sealed interface Verification {
        /** Every invariant holds; {@code progress} is how far the guest's program has come, in its own unit. */
        record Intact(long pagesChecked, long progress) implements Verification {}

        /** The first invariant that does not hold, in words: page, got, expected. */
        record Broken(String finding) implements Verification {}

        /** The program in the guest is not one of ours: nothing is known about its memory. */
        record Unknown(String reason) implements Verification {}
    }
}
