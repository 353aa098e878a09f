package io.godwit.engine.ram;

import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.List;

/** Where the RAM of a guest that arrives is made or found. One thread. */
@FunctionalInterface
public interface BlockSource {

    /** The blocks that a list speaks of, in its order; refuses a list that does not fit the guest. */
    List<? extends RamBlock> of(List<RamBlockEntry> entries) throws IOException;
}
