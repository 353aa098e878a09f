package io.godwit.engine.precopy;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.Ending;
import io.godwit.engine.switchover.FarEnd;
import io.godwit.engine.switchover.PassListener.PassReport;
import io.godwit.engine.switchover.Source;
import io.godwit.engine.switchover.Switchover;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One precopy, from the stream's first byte to the guest's hand-over. Runs on the migration thread; owns the dirty log, the
 * staging buffer and the return path until it is closed.
 *
 * <pre>
 * magic, version, CONFIGURATION, [OPEN_RETURN_PATH, PING 1]
 * START ram { block list, EOS }
 * PART ram { pages, EOS } *             pass 1: every page ever touched; pass n: pages dirtied during pass n - 1;
 *                                       of a guest that says so, less what it does not need: {@link HintedPasses}
 * END ram, devices, ...                 {@link Switchover}, or another {@link Ending}
 * </pre>
 */
public final class PrecopySource implements AutoCloseable {
    private final Source source;
    private final DeviceState devices;
    private final RateLimit limit;
    private final StreamOutput out;
    private final FarEnd farEnd;
    private final RamSender pages;
    private final PendingPages pending;
    private final Convergence convergence = new Convergence();
    private final AutoConverge autoConverge = new AutoConverge();
    private final PendingPages everListed;
    private final HintedPasses hinted;
    private final Ending.Choice choice;
    private @Nullable Ending ending;
    private long passBegan;
    private @Nullable WatchedLog dirtyLog;

    /** The channel is lent. */
    public PrecopySource(Source source, Channel channel, RamSender.Form form, Ending.Choice choice) {
        this.source = source;
        this.choice = choice;
        devices = source.guest().deviceState();
        limit = new RateLimit(this::bytesPerSecond, source.abort());
        out = new StreamOutput(channel, limit, source.counters()::addBytes);
        farEnd = Switchover.farEnd(source.options(), channel, out);
        pages = form.sender(out, devices.ramSectionId(), source.options(), source.counters());
        if (source.options().capabilities().has(MigrationCapability.POSTCOPY_RAM)) {
            pages.forPostcopy(source.postcopy()::isUttered);
        }
        pending = new PendingPages(source.guest().ram());
        everListed = new PendingPages(source.guest().ram());
        hinted = new HintedPasses(source, pages, pending, everListed);
    }

    /** None once the pass is to be left early: what is staged already stands before that. */
    private long bytesPerSecond() {
        return source.postcopy().isUttered() ? 0 : parameters().maxBandwidth();
    }

    /** Does all of it; returns when the guest is the destination's. */
    public void run() throws IOException {
        open();
        try {
            var log = new WatchedLog(source.guest().startDirtyLog(), pending, source.counters());
            dirtyLog = log;
            listFirstPass();
            hinted.start();
            beginPass();
            source.clock().setUp();
            if (!source.state().advance(MigrationStatus.SETUP, MigrationStatus.ACTIVE)) {
                throw new IOException("cancelled during setup");
            }
            if (source.run().state() == RunState.RUNNING) {
                log.beginLooks();
            }
            passUntilConverged(log);
            log.endLooks();
            ending = choice.choose(out, limit, farEnd, devices);
            ending.run(new Rest(log));
        } finally {
            hinted.done();
            source.guest().throttle(0);
        }
    }

    /** What the passes have left over when the guest stands still. */
    private final class Rest implements Ending.LastPass {
        private final WatchedLog log;

        Rest(WatchedLog log) {
            this.log = log;
        }

        @Override
        public PendingPages listEarly() throws IOException {
            takeDirty(log);
            return pending;
        }

        @Override
        public PendingPages list() throws IOException {
            takeDirty(log);
            beginPass();
            return pending;
        }

        @Override
        public PendingPages everListed() {
            return everListed;
        }

        @Override
        public void send() throws IOException {
            pages.sendEnd(pending);
        }
    }

    private void open() throws IOException {
        StreamHeader.write(out);
        MigrationOptions options = source.options();
        boolean validateUuid = options.capabilities().has(MigrationCapability.VALIDATE_UUID);
        Optional<UUID> uuid = source.guest().uuid().or(() -> validateUuid ? options.uuid() : Optional.empty());
        new Configuration(source.guest().machineType(), pages.capabilities(), uuid).write(out);
        farEnd.open(pending.blocks());
        pages.sendStart(pending.blocks());
    }

    /**
     * The first pass: what the other side does not have yet. The log is open, so whatever the guest touches from now on is
     * dirty.
     */
    private void listFirstPass() throws IOException {
        if (pages.absentPagesAreZero() || source.guest().ramStartsZero() || farEnd.givesUpItsRam()) {
            pending.addTouched();
        } else {
            pending.addAll();
        }
        everListed.add(pending);
        long total = pending.blocks().stream().mapToLong(RamBlock::pages).sum();
        source.counters().setUntouched(total - pending.count());
    }

    private void passUntilConverged(WatchedLog log) throws IOException {
        while (!source.postcopy().isUttered()) {
            long sentBefore = source.counters().transferredBytes();
            hinted.send();
            out.flush();
            long nanos = System.nanoTime() - passBegan;
            long sent = source.counters().transferredBytes() - sentBefore;
            convergence.measured(sent, nanos);
            if (source.run().state() != RunState.RUNNING || source.postcopy().isUttered()) {
                return; // nothing runs, so nothing is dirty but what the last pass finds; or the pass was left
            }
            takeDirty(log);
            long dirty = pending.count();
            long remaining = pages.expectedBytes(pending);
            log.note(dirty, Math.max(1, nanos) / 1e9);
            reportPass(dirty, remaining, sent, nanos);
            beginPass();
            if (convergence.reached(remaining, parameters())) {
                return;
            }
            hinted.start();
            slowDown(remaining, sent);
        }
    }

    private void beginPass() throws IOException {
        passBegan = System.nanoTime();
        source.counters().setRemaining(pending.count());
        source.passes().passBegins(source.counters().nextPass());
    }

    private void takeDirty(WatchedLog log) throws IOException {
        hinted.stop();
        log.take(pending);
        everListed.add(pending);
    }

    private void reportPass(long dirty, long remaining, long sent, long nanos) throws IOException {
        long expected = convergence.expectedDowntimeNanos(remaining, parameters());
        source.clock().expectDowntime(expected);
        source.passes().passEnded(new PassReport(source.counters().passes(), sent, nanos, dirty, expected));
    }

    private void slowDown(long dirtied, long sent) {
        if (source.options().capabilities().has(MigrationCapability.AUTO_CONVERGE)) {
            int percent = autoConverge.afterPass(dirtied, sent, parameters());
            source.counters().setThrottle(percent);
            source.guest().throttle(percent);
        }
    }

    private MigrationParameters parameters() {
        return source.options().parameters().get();
    }

    /** After a failure: the guest is again what it was before, if it had been stopped. */
    public void takeBack() {
        if (ending != null) {
            ending.takeBack();
        }
    }

    /** What the destination said of why it gave up, if it said anything. */
    public Optional<String> destinationsWord() {
        return farEnd.lastWord();
    }

    /** Ends the channel's traffic, and the dirty log, which takes KVM some milliseconds: not while a guest waits to run elsewhere. */
    @Override
    public void close() {
        farEnd.close();
        pages.close();
        out.close();
        if (dirtyLog != null) {
            dirtyLog.close();
        }
    }
}
