package io.godwit.engine.snapshot;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.Configuration.Capability;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * The form in which the RAM of an instant is written: pages come in any order, each once. {@link #save} is called by as many
 * threads as the options have lanes, everything else by the migration thread.
 */
public interface SnapshotImage extends AutoCloseable {

    /** Makes the one for a stream: what it is given is lent, and {@code sectionId} is that of ram. */
    @FunctionalInterface
    interface Form {
        SnapshotImage image(StreamOutput out, int sectionId, MigrationOptions options);
    }

    /** What the stream's configuration has to name. */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /** What stands before the pages: the START section. */
    void begin(List<? extends RamBlock> blocks) throws IOException;

    /**
     * Writes pages, some of which may be zero.
     *
     * @param index of their block, among those it began with
     * @param offset of the first page in the block
     * @param buffer where they are, page-aligned, from the byte {@code at} on; lent for the call
     * @param length bytes, whole pages
     */
    void save(int index, long offset, MemorySegment buffer, long at, long length) throws IOException;

    /** All pages have come: writes what stands between them and the devices. */
    void end() throws IOException;

    /** Pages written with their content so far. */
    long normalPages();

    /** Pages that were found to be zero so far. */
    long zeroPages();

    /** Gives back what it took. */
    @Override
    void close();
}
