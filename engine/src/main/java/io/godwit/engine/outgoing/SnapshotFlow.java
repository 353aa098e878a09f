package io.godwit.engine.outgoing;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.mappedram.MappedRamImage;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.snapshot.BackgroundSnapshot;
import io.godwit.engine.snapshot.SnapshotImage;
import io.godwit.engine.snapshot.StreamImage;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A guest that stays, and whose present instant is saved while it runs on. The channel is lent. */
final class SnapshotFlow implements Flow {
    private final BackgroundSnapshot snapshot;

    SnapshotFlow(Source source, Channel channel, FaultStatistics faults) throws IOException {
        snapshot = new BackgroundSnapshot(source, channel, memoryOf(source.guest()), form(source), faults);
    }

    private static List<MemoryBlock> memoryOf(Guest guest) throws IOException {
        if (guest.cannotRun().isPresent()) {
            throw new IOException("Nothing can be saved in the background of a guest that does not run here: "
                    + "switch background-snapshot off");
        }
        List<MemoryBlock> memory = new ArrayList<>();
        for (RamBlock block : guest.ram()) {
            if (!(block instanceof MemoryBlock here)) {
                throw new IOException("RAM block '" + block.name()
                        + "' is not in memory, where writes to it could be followed: switch background-snapshot off");
            }
            memory.add(here);
        }
        return memory;
    }

    private static SnapshotImage.Form form(Source source) throws IOException {
        if (source.options().capabilities().has(MigrationCapability.MAPPED_RAM)) {
            return MappedRamImage::new;
        }
        if (source.options().capabilities().multifdPackets()) {
            throw new IOException("Background-snapshot is not compatible with multifd, unless into a mapped-ram file");
        }
        return (out, sectionId, options) -> new StreamImage(out, sectionId);
    }

    @Override
    public void prepare() throws IOException {
        snapshot.prepare();
    }

    @Override
    public void begin(Optional<WhileStill<?>> action) throws IOException {
        snapshot.begin(() -> {
            if (action.isPresent()) {
                Start.ActionFailedException.run(action.get());
            }
        });
    }

    @Override
    public MigrationStatus finish() throws IOException {
        snapshot.finish();
        return MigrationStatus.ACTIVE;
    }

    /** The guest is where it belongs already. */
    @Override
    public void failed(Throwable failure) {
        snapshot.letGo();
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
