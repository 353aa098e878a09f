package io.godwit.engine.mappedram;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Outgoing;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A guest's RAM that is a mapped-ram file: written page by page as a stream arrives, in whatever order, without ever being
 * in memory; given its name when {@link #finish} has made it whole; read from then on. Owns the file. Closing it unfinished
 * leaves what bore the name before.
 */
public final class MappedRamFile implements AutoCloseable {
    private final Abort abort;
    private final Channel channel;
    private final StreamOutput out;
    private final RamSection section;
    private final WriteBehind writes;
    private final List<FileBlock> blocks;

    /**
     * Begins the file beside {@code path}.
     *
     * @param configuration of the stream that arrives, whose capabilities are not this file's
     * @param sealed whether it gets a seal when it is whole, by which it is verified when it is read
     * @throws IOException when it cannot be created; nothing is left behind then
     */
    public MappedRamFile(Path path, Configuration configuration, int ramSectionId, List<RamBlockEntry> entries,
            boolean sealed)
            throws IOException {
        abort = new Abort();
        channel = open(path, abort);
        out = new StreamOutput(channel, new RateLimit(() -> 0, abort), bytes -> {});
        writes = new WriteBehind(channel);
        if (sealed) {
            channel.beginSealing();
        }
        try {
            section = new RamSection(out, ramSectionId);
            StreamHeader.write(out);
            new Configuration(configuration.machineType(), Set.of(Capability.MAPPED_RAM), configuration.uuid())
                    .write(out);
            var file = channel.file();
            blocks = section.writeStart(entries).blocks().stream()
                    .map(place -> new FileBlock(place, channel, file, writes))
                    .toList();
        } catch (IOException | RuntimeException | Error e) { // an Error too: bitmaps may be more than the heap holds
            close();
            throw e;
        }
    }

    private static Channel open(Path path, Abort abort) throws IOException {
        try {
            return Outgoing.open(new Endpoint.File(path, 0), abort);
        } catch (IOException e) {
            abort.close();
            throw e;
        }
    }

    /** The blocks, in the order of the entries; lent until the close. */
    public List<? extends RamBlock> blocks() {
        return blocks;
    }

    /** All RAM has come: writes the rest of the file, brings it to its device and gives it its name. */
    public void finish(DeviceState devices) throws IOException {
        writes.flush();
        for (FileBlock block : blocks) {
            section.punchHoles(block.place(), block.written(), block.present());
            section.writeBitmap(block.place(), block.present());
        }
        section.writeEmpty(SectionType.PART);
        section.writeEmpty(SectionType.END);
        devices.writeSections(out, RunState.PAUSED);
        devices.writeEnd(out);
        out.flush();
        channel.sync();
        channel.finishSealing();
        channel.publish();
    }

    @Override
    public void close() {
        writes.close();
        out.close();
        channel.close();
        abort.close();
    }
}
