package io.godwit.engine.outgoing;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Outgoing;
import io.godwit.engine.mappedram.MappedRamSaver;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.multifd.MultifdSender;
import io.godwit.engine.multifd.RoundMark;
import io.godwit.engine.postcopy.PostcopySource;
import io.godwit.engine.postcopy.PostcopySwitchover;
import io.godwit.engine.precopy.DeltaSender;
import io.godwit.engine.precopy.PageSender;
import io.godwit.engine.precopy.PrecopySource;
import io.godwit.engine.precopy.RamSender;
import io.godwit.engine.switchover.DestinationFailedException;
import io.godwit.engine.switchover.Ending;
import io.godwit.engine.switchover.Source;
import io.godwit.engine.switchover.Switchover;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.Optional;

/** A guest that goes: by precopy, and if it comes to that by postcopy. The channel is lent; owns the two sources. */
final class LiveFlow implements Flow {
    private final Source source;
    private final Endpoint endpoint;
    private final PostcopySource postcopy;
    private final PrecopySource precopy;

    LiveFlow(Source source, Endpoint endpoint, Channel channel, PostcopySource postcopy) {
        this.source = source;
        this.endpoint = endpoint;
        this.postcopy = postcopy;
        precopy = new PrecopySource(source, channel, form(), endings(channel));
    }

    private Ending.Choice endings(Channel channel) {
        return (out, limit, farEnd, devices) -> source.postcopy().isUttered()
                ? new PostcopySwitchover(source, postcopy, channel, out, limit, farEnd, devices)
                : new Switchover(source, out, limit, farEnd, devices);
    }

    private RamSender.Form form() {
        MigrationCapabilities capabilities = source.options().capabilities();
        if (capabilities.has(MigrationCapability.MAPPED_RAM)) {
            return MappedRamSaver::new;
        }
        if (capabilities.multifdPackets()) {
            RoundMark mark = RoundMark.of(source.guest().machineType());
            return (out, sectionId, options, counters) -> new MultifdSender(out, sectionId, options, counters,
                    new Further(), mark);
        }
        if (capabilities.has(MigrationCapability.XBZRLE)) {
            return DeltaSender::new;
        }
        return (out, sectionId, options, counters) -> new PageSender(out, sectionId, counters);
    }

    /** Further connections to the same destination. */
    private final class Further implements MultifdSender.Connector {

        @Override
        public Channel connect() throws IOException {
            return Outgoing.open(endpoint, abort());
        }

        @Override
        public Abort abort() {
            return source.abort();
        }
    }

    @Override
    public void prepare() {
        // That the channel is open is all that can be known: what is said on it belongs to the passes.
    }

    /** Without an action there is nothing to be done before the passes; with one the guest is paused, and stays so. */
    @Override
    public void begin(Optional<WhileStill<?>> action) throws IOException {
        if (action.isPresent()) {
            source.run().whileStill(() -> {
                if (source.run().state() == RunState.RUNNING) {
                    throw new IOException(
                            "the guest was let run after its migration was prepared as that of a paused one");
                }
                Start.ActionFailedException.run(action.get());
                return source;
            });
        }
    }

    @Override
    public MigrationStatus finish() throws IOException {
        precopy.run();
        postcopy.serve();
        source.run().handOver();
        return source.state().isPostcopy() ? MigrationStatus.POSTCOPY_ACTIVE : MigrationStatus.DEVICE;
    }

    @Override
    public void failed(Throwable failure) {
        keepOrTakeBack(failure);
        precopy.destinationsWord().ifPresent(source.state()::noteError);
    }

    /** The guest runs on here exactly when it is certain that it does not run at the destination. */
    private void keepOrTakeBack(Throwable failure) {
        if (!source.handOver().isGiven() || failure instanceof DestinationFailedException) {
            precopy.takeBack();
        } else {
            source.run().handOver();
            source.state().noteError(failure.getMessage()
                    + "; the destination may be running the guest, so it stays stopped here (cont runs it all the same)");
        }
    }

    @Override
    public void close() {
        precopy.close();
        postcopy.close();
    }
}
