package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.mappedram.LazyPages;
import io.godwit.engine.mappedram.PagesInFile;
import io.godwit.engine.migration.MigrationState;
import io.godwit.engine.paging.PagedRam;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.seal.Seal;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest of our own that runs while its RAM is still in a mapped-ram file: postcopy with a file as its source. Owns the paged
 * RAM. One thread, but for what says otherwise.
 *
 * <pre>
 *   migration-incoming             faults
 *   RAM is paged                   loads the pages that are touched, with their neighbours
 *   loads devices, guest runs
 *   loads all other pages
 *   RAM is the guest's
 * </pre>
 *
 * A page that cannot be read, or that does not match its seal, is given to nobody: who waits for it waits on, and the
 * migration is paused, as when the link to a source is lost. It goes on with another file that has the same pages.
 */
final class LazyLoad implements AutoCloseable, RamToCome {
    private static final Logger LOG = LoggerFactory.getLogger(LazyLoad.class);

    private final ArrivalSetting setting;
    private final MigrationState state;
    private final Abort abort;
    private final PagesInFile pages;
    private final ReceivedPages received;
    private final RateLimit limit;
    /** What tells the file's content, if it has a seal. */
    private Optional<String> sealed = Optional.empty();
    private @Nullable PagedRam ram;
    /** The file that pages are loaded from; none while that is in vain. */
    private volatile @Nullable LazyPages file;
    private volatile @Nullable String loss;
    private volatile boolean arrived;
    private boolean whole;

    /** @param pages what the file has */
    LazyLoad(ArrivalSetting setting, PagesInFile pages) {
        this.setting = setting;
        state = setting.state();
        abort = setting.abort();
        this.pages = pages;
        limit = new RateLimit(() -> setting.options().parameters().get().maxPostcopyBandwidth(), abort);
        received = new ReceivedPages(pages.blocks());
        for (int i = 0; i < pages.blocks().size(); i++) {
            received.areZeroBut(i, pages.present().get(i));
        }
    }

    /** Lets the guest run, and returns when all of it is here. */
    void receive(Connections connections, Arrival.CommandHandler commands) throws IOException {
        PagedRam paged = startPaging();
        sealed = rootOf(connections);
        readFrom(pages, connections, paged);
        setting.arrival().devices(connections.mainInput(), commands);
        setting.arrival().finish();
        state.advance(MigrationStatus.ACTIVE, MigrationStatus.POSTCOPY_ACTIVE);
        setting.run().arriveEarly(setting.arrival()::settle);
        arrived = true;
        whole = loadRest();
        while (!whole) {
            whole = goOn(paged);
        }
        close();
        setting.run().ramIsWhole();
    }

    /** From here on the guest's RAM may be touched, and is waited for. What was in it is given up. */
    private PagedRam startPaging() throws IOException {
        List<MemoryBlock> memory = PostcopyAdvice.memory(pages.blocks());
        for (MemoryBlock block : memory) {
            block.memory().discard(0, block.byteSize());
        }
        var paged = new PagedRam(memory, received, this::request, setting.statistics(), setting.blocktime());
        ram = paged;
        return paged;
    }

    private void readFrom(PagesInFile in, Connections connections, PagedRam paged) throws IOException {
        file = new LazyPages(in, connections.mainInput(), received, paged::installer, setting.counters());
    }

    private void request(int block, long offset, int length) throws IOException {
        LazyPages from = file;
        if (from == null) {
            throw new IOException("there is no file that could be read");
        }
        from.request(block, offset, length);
    }

    /** Returns false when the file has turned out to be of no use before all had come. */
    private boolean loadRest() throws AbortedException {
        LazyPages from = Objects.requireNonNull(file, "opened");
        try {
            from.loadRest(this::pace);
            return true;
        } catch (AbortedException e) {
            throw e;
        } catch (IOException e) {
            abort.check();
            loss = String.valueOf(e.getMessage());
        }
        LOG.warn("loading the guest's RAM is paused: {}", loss);
        closeFile();
        setting.recovery().pause();
        if (!state.advance(MigrationStatus.POSTCOPY_ACTIVE, MigrationStatus.POSTCOPY_PAUSED)) {
            state.advance(MigrationStatus.POSTCOPY_RECOVER, MigrationStatus.POSTCOPY_PAUSED);
        }
        return false;
    }

    /** What nobody waits for need not come at once. */
    private void pace(long bytes) throws IOException {
        abort.check();
        limit.takeAll(bytes);
    }

    /** Waits to be told of another file; returns whether that had all that was still to come. */
    private boolean goOn(PagedRam paged) throws AbortedException {
        try (var incoming = setting.recovery().await();
                var connections = Connections.await(incoming, abort, setting.options(),
                        setting.counters()::addBytes)) {
            PagesInFile again = pagesIn(connections);
            pages.expectSame(again);
            expectSameSeal(rootOf(connections));
            readFrom(again, connections, paged);
            state.advance(MigrationStatus.POSTCOPY_PAUSED, MigrationStatus.POSTCOPY_RECOVER);
            state.advance(MigrationStatus.POSTCOPY_RECOVER, MigrationStatus.POSTCOPY_ACTIVE);
            paged.requestAgain();
            boolean loaded = loadRest();
            closeFile();
            return loaded;
        } catch (AbortedException e) {
            throw e;
        } catch (IOException e) {
            abort.check();
            loss = String.valueOf(e.getMessage());
            LOG.warn("the guest's RAM cannot be loaded from there: {}", loss);
            setting.recovery().pause();
            return false;
        }
    }

    private static Optional<String> rootOf(Connections connections) {
        return Optional.ofNullable(connections.mainInput().seal()).map(Seal::root);
    }

    /** Where both have one. */
    private void expectSameSeal(Optional<String> other) throws IOException {
        if (sealed.isPresent() && other.isPresent() && !sealed.equals(other)) {
            throw new IOException("the file's seal is %s, that of the one that the guest was loaded from %s"
                    .formatted(other.get(), sealed.get()));
        }
    }

    private PagesInFile pagesIn(Connections connections) throws IOException {
        try (var back = new ReturnPathWriter(connections.main(), abort, false);
                var loader = new StreamLoader(setting.arrival(), setting.runsHere(), setting.options(), connections,
                        setting.counters(), back::answer)) {
            return switch (loader.load()) {
                case LoadedStream.InFile(PagesInFile found) -> found;
                case LoadedStream.Whole _,LoadedStream.Packaged _ ->
                    throw new IllegalStateException("not a mapped-ram file, with the same capabilities as before");
            };
        }
    }

    private void closeFile() {
        LazyPages from = file;
        file = null;
        if (from != null) {
            from.close();
        }
    }

    @Override
    public boolean arrived() {
        return arrived;
    }

    @Override
    public @Nullable String loss() {
        return loss;
    }

    /** A file is not a link that could be broken. */
    @Override
    public boolean hasLink() {
        return false;
    }

    @Override
    public boolean pause() {
        return false;
    }

    /** Gives everything back; a guest that has not all of its RAM is not run any more. */
    @Override
    public void close() {
        if (arrived && !whole) {
            setting.run().giveUp();
        }
        closeFile();
        PagedRam paged = ram;
        if (paged != null) {
            paged.close();
        }
        limit.close();
    }
}
