package io.godwit.engine.switchover;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrationCapability;
import java.io.IOException;
import java.util.Optional;

/** A file. Nobody can run the guest out of it before it has its name, and it gets that when all of it is on its device. */
final class SnapshotFile implements FarEnd {
    private final MigrationOptions options;
    private final Channel channel;
    private final StreamOutput out;

    /** Channel and output are lent. */
    SnapshotFile(MigrationOptions options, Channel channel, StreamOutput out) {
        this.options = options;
        this.channel = channel;
        this.out = out;
    }

    @Override
    public void open() throws IOException {
        if (options.capabilities().has(MigrationCapability.RETURN_PATH)
                || options.capabilities().has(MigrationCapability.POSTCOPY_RAM)) {
            throw new IOException(
                    "Unable to open return-path: nothing comes back from a file; switch the capability off");
        }
    }

    @Override
    public void awaitSwitchoverAck() {
        // A file is always ready.
    }

    @Override
    public void awaitLoaded() {
        // What is in the file shows when it is synced, with its end.
    }

    @Override
    public void handOver(DeviceState devices, HandOver handOver) throws IOException {
        devices.writeEnd(out);
        out.flush();
        channel.sync();
        handOver.give(channel::publish);
    }

    @Override
    public Optional<String> lastWord() {
        return Optional.empty();
    }

    @Override
    public void close() {
        // The channel is lent.
    }
}
