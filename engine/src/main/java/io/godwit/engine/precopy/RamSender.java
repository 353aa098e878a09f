package io.godwit.engine.precopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.Configuration.Capability;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** The form in which RAM is given to the other side: the sections of the stream called ram, and where the pages are. One thread. */
public interface RamSender extends AutoCloseable {

    /** Makes the one for a stream: what it is given is lent, and {@code sectionId} is that of ram. */
    @FunctionalInterface
    interface Form {
        RamSender sender(StreamOutput out, int sectionId, MigrationOptions options, TransferCounters counters);
    }

    /** What the stream's configuration has to name. */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /** Whether the other side takes every page that it never gets for zero; else its RAM stays as it was at first. */
    default boolean absentPagesAreZero() {
        return false;
    }

    /** The START section, with the block list. */
    void sendStart(List<? extends RamBlock> blocks) throws IOException;

    /**
     * Lets {@link #sendParts} come back early, with the rest still pending, once {@code enough} says so. A sender that does not
     * know how to sends all of them.
     */
    default void leaveWhen(BooleanSupplier enough) {}

    /** All pending pages, in PART sections; each is taken off the list before it is read. */
    void sendParts(PendingPages pending) throws IOException;

    /** All pending pages and the END section, with which the guest's RAM is complete. */
    void sendEnd(PendingPages pending) throws IOException;

    /** Gives back what reading the pages took. */
    @Override
    void close();
}
