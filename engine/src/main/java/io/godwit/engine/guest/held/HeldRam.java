package io.godwit.engine.guest.held;

import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.List;

/** Where a held guest's RAM is: blocks that are zero at first and written while the guest arrives. */
interface HeldRam extends AutoCloseable {

    /** Makes the RAM of a guest that arrives, or nothing. */
    @FunctionalInterface
    interface Kind {
        HeldRam begin(Configuration configuration, int ramSectionId, List<RamBlockEntry> entries) throws IOException;
    }

    List<? extends RamBlock> blocks();

    /** The device state has come too: what has to be done so that this guest is not lost. */
    void finish(DeviceState devices) throws IOException;

    /** Gives all of it back; what is in a finished file stays there. Idempotent. */
    @Override
    void close();
}
