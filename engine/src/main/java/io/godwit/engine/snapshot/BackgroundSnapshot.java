package io.godwit.engine.snapshot;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.multifd.Lanes;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.Pieces;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.FarEnd;
import io.godwit.engine.switchover.Source;
import io.godwit.engine.switchover.Switchover;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One background snapshot, from the stream's first byte to the file's name. The migration thread calls; owns the frozen RAM, the
 * staging buffers and the lanes. The channel is lent.
 *
 * <pre>
 * prepare    magic, version, CONFIGURATION, START ram      the guest runs, and is not touched
 * begin      what it has is protected; it is asked what is free; STOP; devices into a buffer; RAM frozen; [what else belongs to the instant]; RESUME
 * finish     PART ram *: each page of the instant, once    the guest runs; what it writes first is saved first
 *            devices out of the buffer, EOF, VMDESCRIPTION
 * </pre>
 */
public final class BackgroundSnapshot implements AutoCloseable {
    private final Source source;
    private final DeviceState devices;
    private final PackageOutput deviceSections = new PackageOutput();
    private final StreamOutput out;
    private final FarEnd farEnd;
    private final SnapshotImage image;
    private final Lanes lanes;
    private final FrozenRam ram;
    private final AtomicLong remaining = new AtomicLong();

    /**
     * Registers the RAM for write protection.
     *
     * @param memory all RAM of the guest
     * @throws IOException naming what this kernel lacks or refuses
     */
    public BackgroundSnapshot(Source source, Channel channel, List<MemoryBlock> memory, SnapshotImage.Form form,
            FaultStatistics faults) throws IOException {
        this.source = source;
        devices = source.guest().deviceState();
        ram = new FrozenRam(memory, faults);
        try {
            var limit = new RateLimit(() -> source.options().parameters().get().maxBandwidth(), source.abort());
            out = new StreamOutput(channel, limit, source.counters()::addBytes);
            farEnd = Switchover.farEnd(source.options(), channel, out);
            image = form.image(out, devices.ramSectionId(), source.options());
            lanes = new Lanes(source.options());
        } catch (RuntimeException | Error e) { // an Error too: the guest must not be left with it
            ram.close();
            throw e;
        }
    }

    /** Writes what stands before the pages, as far as that finds out what cannot be done. */
    public void prepare() throws IOException {
        List<MemoryBlock> blocks = ram.blocks().stream().map(FrozenBlock::block).toList();
        StreamHeader.write(out);
        new Configuration(source.guest().machineType(), image.capabilities(), source.guest().uuid()).write(out);
        farEnd.open(blocks);
        image.begin(blocks);
        out.flush();
    }

    /**
     * Catches the instant.
     *
     * @param action what else belongs to it, the last that can fail: after that the guest runs on as before
     */
    public void begin(WhileStill<IOException> action) throws IOException {
        if (!source.state().advance(MigrationStatus.SETUP, MigrationStatus.ACTIVE)) {
            throw new IOException("cancelled during setup");
        }
        source.clock().setUp();
        ram.arm();
        Optional<FreePageHints> hints = ask();
        try {
            catchInstant(action, hints);
        } finally {
            hints.ifPresent(FreePageHints::done);
        }
    }

    /** What is reported from now on, and not written, is free at the instant: a write lifts protection. */
    private Optional<FreePageHints> ask() {
        Optional<FreePageHints> hints = source.guest().freePages().flatMap(FreePages::offeredHints);
        if (hints.isEmpty() || source.run().state() != RunState.RUNNING) {
            return Optional.empty();
        }
        hints.get().ask();
        return hints;
    }

    private void catchInstant(WhileStill<IOException> action, Optional<FreePageHints> hints) throws IOException {
        source.clock().guestStopped();
        source.run().interrupt(was -> {
            devices.writeSections(deviceSections, was);
            remaining.set(ram.freeze(hints));
            action.run();
        });
        source.clock().guestRuns();
        long total = source.guest().ram().stream().mapToLong(RamBlock::pages).sum();
        source.counters().addHinted(ram.freePages());
        source.counters().setUntouched(total - remaining.get() - ram.freePages());
        ram.liftFree();
    }

    /** Saves everything; returns when the image is whole and where it belongs. */
    public void finish() throws IOException {
        lanes.run(new Pieces(source.guest().ram()), (lane, pieces) -> {
            try (var saver = new SnapshotLane(ram, image, this::taken)) {
                pieces.<IOException>takeAll(saver::save);
            }
        });
        saveTheLast();
        ram.close();
        image.end();
        out.bytes(deviceSections.toByteArray());
        farEnd.awaitLoaded();
        farEnd.handOver(devices, source.handOver());
    }

    /** Everything has been taken: what the guest's writes took is aside, or about to be. */
    private void saveTheLast() throws IOException {
        while (ram.isIncomplete()) {
            ram.aside().awaitSome();
            ram.check();
            ram.aside().saveTo(image);
        }
        ram.aside().saveTo(image);
        source.counters().setPages(image.normalPages(), image.zeroPages(), 0);
    }

    private void taken(long pages) {
        source.counters().setPages(image.normalPages(), image.zeroPages(), remaining.addAndGet(-pages));
    }

    /** It has failed: the guest waits for nothing any more. */
    public void letGo() {
        ram.letGo();
    }

    @Override
    public void close() {
        ram.close(); // first: it is what the guest may wait for
        farEnd.close();
        lanes.close();
        image.close();
        out.close();
    }
}
