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

    /** How many bytes the pending pages are likely to take. */
    default long expectedBytes(PendingPages pending) {
        return pending.count() * RamBlock.PAGE_SIZE;
    }

    /** The START section, with the block list. */
    void sendStart(List<? extends RamBlock> blocks) throws IOException;

    /**
     * Postcopy may follow: the block list tells of large pages, and {@link #sendParts} comes back early, with the rest still
     * pending, once {@code wanted} says so. To be called before anything is sent. A sender that does not know how to come back
     * sends all of them.
     */
    default void forPostcopy(BooleanSupplier wanted) {}

    /** All pending pages, in PART sections; each is taken off the list before it is read. */
    void sendParts(PendingPages pending) throws IOException;

    /** As {@link #sendParts}, of a pass that is not at its end with that. */
    default void sendSome(PendingPages pending) throws IOException {
        sendParts(pending);
    }

    /** All pending pages and the END section, with which the guest's RAM is complete. */
    void sendEnd(PendingPages pending) throws IOException;

    /** Gives back what reading the pages took. */
    @Override
    void close();
}
