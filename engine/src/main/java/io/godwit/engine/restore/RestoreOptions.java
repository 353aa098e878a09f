package io.godwit.engine.restore;

import io.godwit.protocol.qapi.RestoreOrder;
import java.util.Map;

/**
 * How a saved guest is to be given away.
 *
 * @param preempt requested pages go over a second connection: postcopy-preempt, at the destination too
 * @param memoryPageBytes by the name of a block, the size of the pages of its memory at the destination; 4096 for others
 * @param mapped the destination has mapped the guest's main memory from the file: that is not sent, and the guest runs when
 *        everything else is there
 */
public record RestoreOptions(boolean preempt, RestoreOrder order, Map<String, Long> memoryPageBytes,
        boolean mapped) {

    public RestoreOptions {
        memoryPageBytes = Map.copyOf(memoryPageBytes);
    }
}
