package io.godwit.engine.restore;

import java.util.Map;

/**
 * How a saved guest is to be given away.
 *
 * @param preempt requested pages go over a second connection: postcopy-preempt, at the destination too
 * @param memoryPageBytes by the name of a block, the size of the pages of its memory at the destination; 4096 for others
 */
public record RestoreOptions(boolean preempt, Order order, Map<String, Long> memoryPageBytes) {

    public RestoreOptions {
        memoryPageBytes = Map.copyOf(memoryPageBytes);
    }

    /** In which order pages go out that nobody has asked for. */
    public enum Order {
        /** As they lie in the file. */
        LINEAR,
        /** Those first that were asked for first in earlier restores of the file, then as they lie. */
        REPLAY,
        /** None: the guest becomes whole when all has been asked for, or when pushing is begun. */
        ON_DEMAND
    }
}
