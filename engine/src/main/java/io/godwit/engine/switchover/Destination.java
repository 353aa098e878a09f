package io.godwit.engine.switchover;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A destination that reads the stream as it is written. Once it has the EOF byte it may run the guest. With a return path
 * it says before that that it has loaded everything, and after that how it ended; without one nobody says anything.
 */
final class Destination implements FarEnd {
    private final MigrationOptions options;
    private final Channel channel;
    private final StreamOutput out;
    private @Nullable ReturnPath returnPath;

    /** Channel and output are lent. */
    Destination(MigrationOptions options, Channel channel, StreamOutput out) {
        this.options = options;
        this.channel = channel;
        this.out = out;
    }

    @Override
    public void open() throws IOException {
        boolean postcopy = options.capabilities().has(MigrationCapability.POSTCOPY_RAM);
        if (!postcopy && !options.capabilities().has(MigrationCapability.RETURN_PATH)) {
            return;
        }
        if (!channel.isBidirectional()) {
            throw new IOException(
                    "Unable to open return-path: the channel leads one way only; switch the capability off or use a socket");
        }
        returnPath = new ReturnPath(channel);
        new StreamCommand.OpenReturnPath().write(out);
        new StreamCommand.Ping(ReturnPath.PING_OPENED).write(out);
        if (postcopy) {
            new StreamCommand.PostcopyAdvise(RamBlock.PAGE_SIZE, RamBlock.PAGE_SIZE).write(out);
        }
    }

    @Override
    public boolean givesUpItsRam() {
        return options.capabilities().has(MigrationCapability.POSTCOPY_RAM);
    }

    @Override
    public Optional<ReturnPath> returnPath() {
        return Optional.ofNullable(returnPath);
    }

    @Override
    public void awaitSwitchoverAck() throws IOException {
        if (returnPath != null && options.capabilities().has(MigrationCapability.SWITCHOVER_ACK)) {
            out.flush();
            returnPath.awaitSwitchoverAck();
        }
    }

    /** Whatever it cannot load, it finds out before the hand-over, while the guest can still be taken back. */
    @Override
    public void awaitLoaded() throws IOException {
        if (returnPath != null) {
            new StreamCommand.Ping(StreamCommand.Ping.LOADED).write(out);
            out.flush();
            returnPath.awaitLoaded();
        }
        out.flush();
    }

    @Override
    public void handOver(DeviceState devices, HandOver handOver) throws IOException {
        handOver.give(() -> {});
        IOException broken = null;
        try {
            devices.writeEnd(out);
            out.flush();
        } catch (IOException e) {
            broken = e;
        }
        if (returnPath != null) {
            awaitLastWord(returnPath, broken);
        } else if (broken != null) {
            throw broken;
        }
    }

    /** The destination's word counts, also when the channel broke under ours: it may have said before that it gave up. */
    private static void awaitLastWord(ReturnPath returnPath, @Nullable IOException broken) throws IOException {
        int last;
        try {
            last = returnPath.awaitShut();
        } catch (IOException lost) {
            if (broken == null) {
                throw lost;
            }
            broken.addSuppressed(lost);
            throw broken;
        }
        if (last != 0) {
            throw new DestinationFailedException(last);
        }
    }

    @Override
    public Optional<String> lastWord() {
        return returnPath == null || returnPath.shutSoFar().orElse(0) == 0
                ? Optional.empty()
                : Optional.of("the destination could not load the guest; its own log or query-migrate says why");
    }

    @Override
    public void close() {
        if (returnPath != null) {
            returnPath.close();
        }
    }
}
