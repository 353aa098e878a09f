package io.godwit.engine.localhost;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.switchover.GuestStop;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.localhost.LocalhostMessage;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.LocalhostMigrateMode;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The source's side of a move to another process of this host. What the other side could refuse it is asked before a page
 * moves: the machine and its RAM while the guest runs, its device state while it stands still. Owns what it agrees upon; the
 * channel is lent. The migration thread.
 */
public final class LocalhostSource implements AutoCloseable {
    private static final String GONE = "The guest has moved to another process of this host, and its memory with it";

    private final Source source;
    private final Way way;
    private final List<MemoryBlock> ram;
    private final GuestStop stop;
    private final Patience patience;
    private final Link link;
    private @Nullable RamGiving giving;
    private boolean given;

    /** @param way what {@link #way} has found for the guest */
    public LocalhostSource(Source source, Channel channel, Way way) throws IOException {
        this.source = source;
        this.way = way;
        ram = inMemory(source.guest()).orElseThrow(() -> new IllegalArgumentException("RAM is elsewhere"));
        stop = new GuestStop(source);
        patience = new Patience(source.abort());
        try {
            link = new Link(channel, patience, source.counters()::addBytes);
        } catch (IOException e) {
            patience.close();
            throw e;
        }
    }

    /** How the guest's RAM can go, {@code mode} being what was asked for. */
    public static Way way(Guest guest, LocalhostMigrateMode mode) throws Refused {
        List<MemoryBlock> ram = inMemory(guest).orElseThrow(() -> new Refused(
                "localhost-migrate moves guests that run in this process; this one is only held: use migrate"));
        long shared = ram.stream().filter(block -> block.memory().isShared()).count();
        boolean handOver = switch (mode) {
            case HANDOVER -> true;
            case FLIP -> false;
            case AUTO -> shared == ram.size();
        };
        if (handOver && shared < ram.size()) {
            throw new Refused("RAM can be handed over only when it is in a memfd (--ram memfd); flip moves any other");
        }
        if (!handOver && shared > 0) {
            throw new Refused("RAM in a memfd cannot be flipped; handover passes it on as it is");
        }
        return handOver ? Way.HANDOVER : Way.FLIP;
    }

    private static Optional<List<MemoryBlock>> inMemory(Guest guest) {
        return guest instanceof NativeGuest here ? Optional.of(here.ram()) : Optional.empty();
    }

    /** Finds out whether the other side will have the guest, which runs on meanwhile. Status {@code active} afterwards. */
    public void agree() throws IOException {
        link.greet();
        link.send(new LocalhostMessage.Hello(way, source.guest().machineType(),
                ram.stream().map(block -> new RamBlockEntry(block.name(), block.byteSize())).toList()));
        link.checkGreeting();
        link.expect(LocalhostMessage.Accepted.class);
        RamGiving how = switch (way) {
            case HANDOVER -> new MemfdsGiving(ram);
            case FLIP -> new FlipGiving(ram, patience, source.counters());
        };
        giving = how;
        List<Fd> descriptors = how.descriptors();
        link.send(new LocalhostMessage.Descriptors(descriptors.size()), descriptors);
        how.descriptorsSent();
        link.expect(LocalhostMessage.Ready.class);
        source.clock().setUp();
        if (!source.state().advance(MigrationStatus.SETUP, MigrationStatus.ACTIVE)) {
            throw new IOException("cancelled during setup");
        }
    }

    /** Stops the guest and gives it away; returns when it is the other side's. */
    public void move() throws IOException {
        RunState was = stop();
        DeviceState devices = source.guest().deviceState();
        var sections = new PackageOutput();
        devices.writeSections(sections, was);
        devices.writeEnd(sections);
        link.send(new LocalhostMessage.Devices(sections.toByteArray()));
        link.expect(LocalhostMessage.Ready.class);
        agreed().give();
        source.handOver().give(() -> given = true);
        link.send(new LocalhostMessage.Go());
        link.expect(LocalhostMessage.Running.class);
        source.clock().guestRuns();
        leave();
    }

    /** Stops the guest, and lists what is to be given. What it is asked for before that it answers in vain when it does not run. */
    private RunState stop() throws IOException {
        Optional<UnneededPages> unneeded = source.run().state() == RunState.RUNNING
                ? agreed().ask(source.guest())
                : Optional.empty();
        try {
            RunState was = stop.enter();
            agreed().list(unneeded);
            return was;
        } finally {
            unneeded.ifPresent(UnneededPages::close);
        }
    }

    private RamGiving agreed() {
        if (giving == null) {
            throw new IllegalStateException("nothing has been agreed upon");
        }
        return giving;
    }

    /** What is left of the guest here is of no use, and in a hand-over it is another's. */
    private void leave() {
        source.run().handOverWithMemory(GONE);
        ram.forEach(OwnMemory::renew);
    }

    /** After a failure of the others: the guest is again what it was, unless it may be the other side's, or is lost. */
    public void takeBack() {
        if (given) {
            leave();
            source.state().noteError(
                    "the other side did not say that it runs the guest, whose memory it has: look for it there");
            return;
        }
        try {
            if (giving != null) {
                giving.takeBack(link);
            }
        } catch (IOException e) {
            String lost = "The guest is lost: its memory was moving when the other side failed (" + e.getMessage()
                    + ")";
            source.run().lose(lost);
            source.state().noteError(lost);
            return;
        }
        stop.takeBack();
    }

    @Override
    public void close() {
        if (giving != null) {
            giving.close();
        }
        link.close();
        patience.close();
    }
}
