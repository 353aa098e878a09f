package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.Blocktime;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.paging.PageSink;
import io.godwit.engine.paging.PagedRam;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.paging.StoredPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The destination of a postcopy from its package on. Owns the link to the source, the paged RAM and the thread
 * {@code postcopy-listen}, which reads pages while devices are loaded and the guest runs.
 *
 * <pre>
 *   migration-incoming             postcopy-listen                        faults
 *   LISTEN: RAM is paged           reads pages, installs them             asks for pages
 *   loads devices, RUN             link lost: postcopy-paused             (notes what it would ask for)
 *   waits                          told where to listen: a new link,
 *                                  postcopy-recover, bitmaps, RESUME:     asks once more
 *                                  postcopy-active
 *                                  EOF
 *   RAM is the guest's, SHUT 0
 * </pre>
 *
 * From LISTEN on the source does not run the guest any more, so a lost link is waited for, whether the guest runs here yet or
 * not. What ends the migration badly is a device state that cannot be loaded, and being broken off.
 */
final class PostcopyDestination implements AutoCloseable, RamToCome, PostcopyRecords.PageCount {
    private static final Logger LOG = LoggerFactory.getLogger(PostcopyDestination.class);
    private static final int PAGES_PER_REPORT = 256;

    private final Arrival arrival;
    private final GuestRun run;
    private final boolean runsHere;
    private final MigrationOptions options;
    private final MigrationState state;
    private final TransferCounters counters;
    private final FaultStatistics statistics;
    private final Optional<Blocktime> blocktime;
    private final Abort abort;
    private final Recovery recovery;
    private final PostcopyPackage packaged;
    private final List<byte[]> names = new ArrayList<>();
    private final LongAdder normalPages = new LongAdder();
    private final LongAdder zeroPages = new LongAdder();
    /** The present link, lost or not. */
    private volatile PostcopyLink link;
    /** Where pages are asked for; none while that is in vain. */
    private volatile @Nullable PostcopyLink pages;
    private volatile @Nullable PagedRam ram;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable String loss;
    private @Nullable Thread listener;
    private volatile boolean arrived;

    /** Takes the link over. */
    PostcopyDestination(ArrivalSetting setting, PostcopyPackage packaged, PostcopyLink link) {
        arrival = setting.arrival();
        run = setting.run();
        runsHere = setting.runsHere();
        options = setting.options();
        state = setting.state();
        counters = setting.counters();
        statistics = setting.statistics();
        blocktime = setting.blocktime();
        abort = setting.abort();
        recovery = setting.recovery();
        this.packaged = packaged;
        this.link = link;
        for (int i = 0; i < packaged.received().blocks(); i++) {
            names.add(ReturnPathWriter.nameBytes(packaged.received().block(i).name()));
        }
        normalPages.add(packaged.normalPages());
        zeroPages.add(packaged.zeroPages());
    }

    /** Lets the guest run as soon as it can, and returns when all of it is here. */
    void receive() throws IOException {
        expectListen(packaged.in());
        PostcopyReader first = reader(link);
        boolean preempt = options.capabilities().has(MigrationCapability.POSTCOPY_PREEMPT);
        Optional<StreamInput> second = preempt ? Optional.of(link.acceptPreempt()) : Optional.empty();
        startPaging();
        second.ifPresent(first::startPreempt); // not before: what comes there is put into paged RAM
        state.advance(MigrationStatus.ACTIVE, MigrationStatus.POSTCOPY_ACTIVE);
        listenFrom(first);
        loadDevices(packaged.in());
        if (runsHere) {
            arrival.finish();
            run.arriveEarly(this::settled);
            arrived = true;
        }
        awaitListener();
        settle();
        link.back().shut(0);
    }

    /** It runs, whatever it was at its source, as in QEMU. */
    private RunState settled() {
        arrival.settle();
        return RunState.RUNNING;
    }

    private static void expectListen(PackageInput in) throws IOException {
        if (SectionType.read(in) != SectionType.COMMAND
                || !(StreamCommand.read(in) instanceof StreamCommand.PostcopyListen)) {
            throw new MalformedStreamException("the package does not begin with POSTCOPY_LISTEN");
        }
    }

    /** From here on the guest's RAM may be touched, and is waited for. */
    private void startPaging() throws IOException {
        pages = link;
        if (runsHere) {
            ReceivedPages received = packaged.received();
            List<RamBlock> blocks = new ArrayList<>();
            for (int i = 0; i < received.blocks(); i++) {
                blocks.add(received.block(i));
            }
            ram = new PagedRam(PostcopyAdvice.memory(blocks), received, this::request, statistics,
                    blocktime);
        }
    }

    private void listenFrom(PostcopyReader first) {
        listener = Thread.ofPlatform().name("postcopy-listen").start(() -> listen(first));
    }

    private void loadDevices(PackageInput in) throws IOException {
        arrival.devices(in, this::answer);
        if (in.remaining() > 0) {
            throw new MalformedStreamException("%d bytes follow POSTCOPY_RUN in the package".formatted(in.remaining()));
        }
    }

    /** Should the link be lost meanwhile, the source has no need of the answer. */
    private void answer(StreamCommand command) throws IOException {
        try {
            link.back().answer(command);
        } catch (MalformedStreamException e) {
            throw e;
        } catch (IOException e) {
            abort.check();
            LOG.debug("{} could not be answered: {}", command, e.getMessage());
        }
    }

    private void awaitListener() throws IOException {
        join(listener);
        switch (failure) {
            case null -> {
            }
            case IOException e -> throw e;
            case Throwable e -> throw new IllegalStateException("postcopy-listen failed", e);
        }
    }

    private void settle() throws IOException {
        PagedRam paged = ram;
        if (paged != null) {
            paged.close();
            run.ramIsWhole();
        } else {
            arrival.finish();
            run.arrive(arrival::settle);
            arrived = true;
        }
        report();
    }

    @Override
    public boolean arrived() {
        return arrived;
    }

    @Override
    public @Nullable String loss() {
        return loss;
    }

    @Override
    public boolean hasLink() {
        return state.isPostcopy();
    }

    @Override
    public boolean pause() {
        MigrationStatus status = state.status();
        if (status != MigrationStatus.POSTCOPY_ACTIVE && status != MigrationStatus.POSTCOPY_RECOVER) {
            return false;
        }
        link.shutDown();
        return true;
    }

    private PostcopyReader reader(PostcopyLink from) {
        return new PostcopyReader(from, packaged, this::sink, this, this::recover);
    }

    private PageSink sink() {
        return runsHere
                ? Objects.requireNonNull(ram, "paged before anything is received").installer()
                : new StoredPages(packaged.received());
    }

    private void listen(PostcopyReader first) {
        try {
            PostcopyReader reader = first;
            while (!readToEnd(reader)) {
                reader = awaitRecovery();
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            // Whoever waits for a page, be it the loading of a device, is not to wait for ever; nor to run on what it finds.
            run.giveUp();
            closePaging();
        }
    }

    /** Returns false when the link was lost before all had come. */
    private boolean readToEnd(PostcopyReader reader) throws AbortedException {
        try (reader) {
            reader.read(this::awaitsPages);
            return true;
        } catch (AbortedException e) {
            throw e;
        } catch (IOException e) {
            abort.check();
            reader.link().shutDown();
            pages = null;
            loss = String.valueOf(e.getMessage());
        }
        LOG.warn("postcopy is paused: {}", loss);
        reader.link().close();
        recovery.pause();
        if (!state.advance(MigrationStatus.POSTCOPY_ACTIVE, MigrationStatus.POSTCOPY_PAUSED)) {
            state.advance(MigrationStatus.POSTCOPY_RECOVER, MigrationStatus.POSTCOPY_PAUSED);
        }
        return false;
    }

    private boolean awaitsPages() {
        PagedRam paged = ram;
        return paged != null && paged.awaitsPages();
    }

    private PostcopyReader awaitRecovery() throws AbortedException {
        while (true) {
            Incoming incoming = recovery.await();
            try {
                PostcopyLink next = accept(incoming);
                link = next;
                state.advance(MigrationStatus.POSTCOPY_PAUSED, MigrationStatus.POSTCOPY_RECOVER);
                return reader(next);
            } catch (AbortedException e) {
                throw e;
            } catch (IOException e) {
                abort.check();
                LOG.warn("the source did not come back: {}", e.getMessage());
                recovery.pause();
            }
        }
    }

    /** There is no header, and the return path is open from the start. */
    private PostcopyLink accept(Incoming incoming) throws IOException {
        @Nullable
        Connections connections = null;
        try {
            connections = Connections.await(incoming, abort, options, counters::addBytes);
            var back = new ReturnPathWriter(connections.main(), abort, false);
            back.open();
            return new PostcopyLink(incoming, connections, back);
        } catch (IOException | RuntimeException e) {
            if (connections != null) {
                connections.close();
            }
            incoming.close();
            throw e;
        }
    }

    /** What the source asks when it has come back. */
    private void recover(StreamCommand command, PostcopyReader reader) throws IOException {
        if (state.status() != MigrationStatus.POSTCOPY_RECOVER) {
            throw new MalformedStreamException("command " + command + ", but nothing is to be recovered");
        }
        if (command instanceof StreamCommand.SendReceivedBitmap(String block)) {
            reader.link().back().sayReceived(packaged.received(), block);
            return;
        }
        if (options.capabilities().has(MigrationCapability.POSTCOPY_PREEMPT)) {
            reader.startPreempt(reader.link().acceptPreempt());
        }
        state.advance(MigrationStatus.POSTCOPY_RECOVER, MigrationStatus.POSTCOPY_ACTIVE);
        reader.link().back().say(new ReturnPathMessage.ResumeAck(ReturnPathMessage.ResumeAck.GO_ON));
        pages = reader.link();
        PagedRam paged = ram;
        if (paged != null) {
            paged.requestAgain();
        }
    }

    private void request(int block, long offset, int length) throws IOException {
        PostcopyLink to = pages;
        if (to == null) {
            throw new IOException("the link to the source is lost");
        }
        try {
            to.back().request(block, names.get(block), offset, length);
        } catch (IOException e) {
            to.shutDown(); // whoever reads there is to notice
            throw e;
        }
    }

    @Override
    public void normal() {
        normalPages.increment();
        if (normalPages.sum() % PAGES_PER_REPORT == 0) {
            report();
        }
    }

    @Override
    public void zero() {
        zeroPages.increment();
    }

    private void report() {
        counters.setPages(normalPages.sum(), zeroPages.sum(), 0);
    }

    private static void join(@Nullable Thread thread) {
        if (thread != null) {
            NativeThread.join(thread);
        }
    }

    private void closePaging() {
        PagedRam paged = ram;
        if (paged != null) {
            paged.close();
        }
    }

    /** Tells the source, if it may still listen, that nothing comes of it. */
    void shutFailed() {
        link.back().shut(1);
    }

    /** Ends the threads and gives everything back. */
    @Override
    public void close() {
        recovery.close();
        link.shutDown();
        join(listener);
        closePaging();
        link.close();
    }
}
