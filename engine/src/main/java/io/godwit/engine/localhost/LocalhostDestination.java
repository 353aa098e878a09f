package io.godwit.engine.localhost;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.Greeting;
import io.godwit.protocol.localhost.LocalhostMessage;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The destination's side of a move from another process of this host. Everything that comes is checked before it is used, and
 * nothing of it stays when the guest does not come after all. Owns what was agreed upon; the rest is lent. One thread.
 */
public final class LocalhostDestination implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalhostDestination.class);

    private final StreamInput first;
    private final Arrival arrival;
    private final TransferCounters counters;
    private final Patience patience;
    private final Link link;
    private @Nullable RamTaking taking;

    /** @param first what the connection is read by as long as nobody knows what it is */
    public LocalhostDestination(Channel channel, StreamInput first, Abort abort, Arrival arrival,
            TransferCounters counters) throws IOException {
        this.first = first;
        this.arrival = arrival;
        this.counters = counters;
        patience = new Patience(abort);
        try {
            link = new Link(channel, patience, counters::addBytes);
        } catch (IOException e) {
            patience.close();
            throw e;
        }
    }

    /** Whether a connection begins as one of these does; reads no more of it than that takes. */
    public static boolean isCalledOn(Channel channel, StreamInput first) throws IOException {
        if (!channel.isBidirectional()) {
            return false;
        }
        first.await(Integer.BYTES);
        return first.peekU32() == Greeting.MAGIC;
    }

    /** Takes everything; the guest is whole then, and its source has let go of it. */
    public void load() throws IOException {
        try {
            agree();
            tryDevices();
            takeMemory();
        } catch (IOException | RuntimeException | Error e) {
            refuse(e);
            throw e;
        }
    }

    private void agree() throws IOException {
        link.greet();
        first.await(Greeting.BYTES);
        Greeting.check(first);
        var hello = link.expect(LocalhostMessage.Hello.class);
        arrival.expect(new Configuration(hello.machineType(), Optional.empty()));
        List<MemoryBlock> blocks = inMemory(hello);
        RamTaking how = switch (hello.way()) {
            case HANDOVER -> new MemfdsTaking(blocks);
            case FLIP -> new FlipTaking(blocks, patience, counters);
        };
        taking = how;
        link.send(new LocalhostMessage.Accepted());
        int announced = link.expect(LocalhostMessage.Descriptors.class).count();
        List<Fd> descriptors = link.takeDescriptors();
        if (descriptors.size() != announced) {
            descriptors.forEach(Fd::close);
            throw new MalformedStreamException("%d descriptors came, %d were announced".formatted(descriptors.size(),
                    announced));
        }
        how.begin(descriptors);
        link.send(new LocalhostMessage.Ready());
    }

    private List<MemoryBlock> inMemory(LocalhostMessage.Hello hello) throws IOException {
        List<MemoryBlock> blocks = new ArrayList<>();
        for (RamBlock block : arrival.blocks(0, hello.blocks())) {
            if (!(block instanceof MemoryBlock here)) {
                throw new IncompatibleStreamException(
                        "RAM block '" + block.name() + "' is only held at the destination, not in its memory");
            }
            blocks.add(here);
        }
        return blocks;
    }

    private void tryDevices() throws IOException {
        var sections = new PackageInput(link.expect(LocalhostMessage.Devices.class).sections());
        SectionType type = SectionType.read(sections);
        if (type != SectionType.FULL) {
            throw new MalformedStreamException("the device state begins with section " + type + ", expected FULL");
        }
        arrival.devices((WireInput) sections, command -> {
            throw new MalformedStreamException("command " + command + " in the device state, expected none");
        });
        if (sections.remaining() > 0) {
            throw new MalformedStreamException(sections.remaining() + " bytes after the device state, expected none");
        }
        arrival.finish();
    }

    private void takeMemory() throws IOException {
        RamTaking how = agreed();
        patience.seeThrough();
        link.send(new LocalhostMessage.Ready());
        how.take();
        switch (link.receive()) {
            case LocalhostMessage.Go _ -> how.keep();
            case LocalhostMessage.GiveBack _ -> {
                how.giveBack();
                throw new IOException("the source has taken the guest back");
            }
            case LocalhostMessage other ->
                throw new MalformedStreamException("message %s, expected Go or GiveBack".formatted(other.getClass()
                        .getSimpleName()));
        }
    }

    private RamTaking agreed() {
        if (taking == null) {
            throw new IllegalStateException("nothing has been agreed upon");
        }
        return taking;
    }

    /** Tells the source why, if it can still be told. */
    private void refuse(Throwable reason) {
        if (reason instanceof AbortedException) {
            return;
        }
        try {
            link.send(new LocalhostMessage.Refused(String.valueOf(reason.getMessage())));
        } catch (IOException e) {
            LOG.debug("the source cannot be told any more: {}", e.getMessage());
        }
    }

    /** The guest is this process's. As {@link Arrival#settle}. */
    public RunState settle() {
        return arrival.settle();
    }

    /** Tells the source that the guest runs, or would if it were not paused. That it could not be told changes nothing here. */
    public void tellRunning() {
        try {
            link.send(new LocalhostMessage.Running());
        } catch (IOException e) {
            LOG.warn("the source could not be told that the guest runs here: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        if (taking != null) {
            taking.close();
        }
        link.close();
        patience.close();
    }
}
