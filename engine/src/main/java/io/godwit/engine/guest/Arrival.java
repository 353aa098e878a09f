package io.godwit.engine.guest;

import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import java.util.List;

/**
 * A guest that is on its way here: takes the parts of a stream in their order, checks each before anything is allocated for
 * it, and becomes the guest when it is whole. One thread. A guest that was here before is not touched until
 * {@link #settle}, unless its RAM is what is being loaded.
 */
public interface Arrival extends AutoCloseable {

    /** Which machine it is. */
    void expect(Configuration configuration) throws IOException;

    /**
     * Which blocks its RAM has; the total of their lengths fits a long. Checks them against one's own or makes them: as
     * many and in that order. The blocks read as zero and stay the arrival's.
     */
    List<? extends RamBlock> blocks(int ramSectionId, List<RamBlockEntry> entries) throws IOException;

    /**
     * Reads everything after the RAM, from behind the type byte of the first FULL section to the stream's end, and not a
     * byte more.
     *
     * @param commands answers the source's commands in between
     */
    void devices(WireInput in, CommandHandler commands) throws IOException;

    /**
     * Reads the device state of a guest that runs before its RAM has come: the package with which postcopy begins, from behind
     * its LISTEN up to and including its RUN.
     */
    void devices(PackageInput in, CommandHandler commands) throws IOException;

    /** All of it has come: does what may fail or take time, so that nothing is left that could lose it. */
    void finish() throws IOException;

    /** It is the guest now. Returns what that was at its source. At once, and without fail. */
    RunState settle();

    /** Gives back what has not become the guest's. Idempotent. */
    @Override
    void close();

    /** Answers the source's commands. */
    @FunctionalInterface
    interface CommandHandler {
        void handle(StreamCommand command) throws IOException;
    }
}
