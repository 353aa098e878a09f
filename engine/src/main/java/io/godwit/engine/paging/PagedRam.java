package io.godwit.engine.paging;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.InstallOutcome;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.UserfaultFeature;
import io.godwit.engine.linux.Userfaultfd;
import io.godwit.engine.linux.Userfaultfd.Mode;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RAM whose pages are still to come. Owns a userfaultfd over all of it and the thread {@code faults}, which asks for the page
 * that somebody waits for. Whoever waits does so in a native call, in KVM or in a system call, never in Java code.
 *
 * <pre>
 *   guest touches a page that is not there --> kernel --> faults: has it come? --> yes: zero, or there already: wake
 *                                                                 asked for?   --> no: PageSource.request
 *   receiving thread: PageInstaller --> kernel: page in place, the guest goes on
 * </pre>
 *
 * Until {@link #close} what is missing is waited for; then it reads as zero, and who waits goes on.
 */
public final class PagedRam implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PagedRam.class);

    private final List<MemoryBlock> blocks;
    private final ReceivedPages received;
    private final List<PageBitmap> requested;
    private final PageSource source;
    private final FaultStatistics statistics;
    private final OpenFaults open;
    private final EventFd stop;
    private final Userfaultfd userfaultfd;
    private final Thread thread;
    private boolean closed;

    /**
     * Registers all RAM; faults are served when this returns.
     *
     * @param blocks those of {@code received}, in its order
     * @param blocktime told of vCPUs that wait, where somebody wants to know
     */
    public PagedRam(List<MemoryBlock> blocks, ReceivedPages received, PageSource source, FaultStatistics statistics,
            Optional<Blocktime> blocktime) throws IOException {
        this.blocks = List.copyOf(blocks);
        this.received = received;
        this.source = source;
        this.statistics = statistics;
        requested = blocks.stream().map(block -> new PageBitmap(block.pages())).toList();
        open = new OpenFaults(statistics, blocktime);
        stop = new EventFd();
        try {
            userfaultfd = register(this.blocks, blocktime.isPresent());
        } catch (IOException | RuntimeException e) {
            stop.close();
            throw e;
        }
        // A page that is given back right after it was installed, before it is noted, would be asked for once more, and never come.
        this.blocks.forEach(block -> block.keepContent(this));
        thread = Thread.ofPlatform().name("faults").start(this::serve);
    }

    private static Userfaultfd register(List<MemoryBlock> blocks, boolean namesThreads) throws IOException {
        Set<UserfaultFeature> features = features(blocks);
        if (namesThreads) {
            features.add(UserfaultFeature.THREAD_ID);
        }
        Userfaultfd userfaultfd = Userfaultfd.open(features);
        try {
            for (MemoryBlock block : blocks) {
                block.memory().setHugePages(false); // they would bring neighbours along that are still to come
                userfaultfd.register(block.memory(), 0, block.byteSize(), Set.of(Mode.MISSING));
            }
            return userfaultfd;
        } catch (IOException | RuntimeException e) {
            userfaultfd.close();
            throw e;
        }
    }

    private static Set<UserfaultFeature> features(List<MemoryBlock> blocks) {
        var features = EnumSet.noneOf(UserfaultFeature.class);
        for (MemoryBlock block : blocks) {
            if (block.memory().isShared()) {
                features.add(block.memory().pageSize() > RamBlock.PAGE_SIZE
                        ? UserfaultFeature.MISSING_HUGETLBFS
                        : UserfaultFeature.MISSING_SHMEM);
            }
        }
        return features;
    }

    /** Whether this kernel can do it for such RAM; says by name what it lacks. */
    public static void checkPossible(List<MemoryBlock> blocks) throws IOException {
        Userfaultfd.open(features(blocks)).close();
    }

    /** Puts pages into place, for one thread. To be closed before this. */
    public PageSink installer() {
        return new PageInstaller(this, userfaultfd);
    }

    Mapping memory(int block) {
        return blocks.get(block).memory();
    }

    ReceivedPages received() {
        return received;
    }

    /** Host pages are in place. */
    void installed(int block, long offset, long length) {
        received.add(block, offset, length);
        for (long at = offset; at < offset + length; at += memory(block).pageSize()) {
            if (requested.get(block).getShared(at / RamBlock.PAGE_SIZE)) {
                open.end(block, at);
            }
        }
    }

    private void serve() {
        try (var handler = new FaultHandler(userfaultfd);
                var poll = new Poll(stop);
                var zeros = new Zeros(blocks)) {
            while (poll.awaitReadable(userfaultfd.fd(), Poll.FOREVER) == Poll.Outcome.READY) {
                while (handler.next()) {
                    statistics.fault();
                    serve(handler, zeros);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("faults are not served any more, the guest will stand still", e);
        }
    }

    private void serve(FaultHandler handler, Zeros zeros) throws IOException {
        for (int i = 0; i < blocks.size(); i++) {
            Mapping memory = blocks.get(i).memory();
            if (handler.isIn(memory)) {
                serve(handler, zeros, i, handler.offsetIn(memory) & -memory.pageSize());
                return;
            }
        }
        throw new IllegalStateException("a fault outside all RAM");
    }

    private void serve(FaultHandler handler, Zeros zeros, int block, long offset) throws IOException {
        long page = offset / RamBlock.PAGE_SIZE;
        if (received.has(block, offset)) {
            zeros.install(handler, blocks.get(block).memory(), offset);
            return;
        }
        open.waits(handler.threadId(), block, offset);
        if (!requested.get(block).get(page)) {
            open.begin(block, offset);
            requested.get(block).setShared(page); // before asking: see requestAgain
            request(block, offset);
        }
        if (received.has(block, offset)) {
            open.end(block, offset); // it came meanwhile, when nobody could know yet that somebody waits
        }
    }

    private void request(int block, long offset) {
        try {
            statistics.requested();
            source.request(block, offset, (int) memory(block).pageSize());
        } catch (IOException e) {
            // The way to the source is lost; who receives from it has noticed, or will. It is asked again after a recovery.
            LOG.debug("page at offset {} of block {} could not be asked for: {}", offset, block, e.getMessage());
        }
    }

    /**
     * Asks once more for every page that somebody waits for. The source must be reachable already: a fault that is noted
     * before this looks is asked for here, one that is noted later by its own thread.
     */
    public void requestAgain() {
        for (int i = 0; i < blocks.size(); i++) {
            for (long page = nextMissing(i, 0); page >= 0; page = nextMissing(i, page + 1)) {
                request(i, page * RamBlock.PAGE_SIZE);
            }
        }
    }

    /** Whether somebody waits for a page that was asked for. */
    public boolean awaitsPages() {
        for (int i = 0; i < blocks.size(); i++) {
            if (nextMissing(i, 0) >= 0) {
                return true;
            }
        }
        return false;
    }

    private long nextMissing(int block, long from) {
        PageBitmap asked = requested.get(block);
        for (int i = (int) (from >>> 6); i < asked.wordCount(); i++) {
            long missing = asked.wordShared(i) & ~received.bitmap(block).wordShared(i);
            if (i == from >>> 6) {
                missing &= -1L << from;
            }
            if (missing != 0) {
                return ((long) i << 6) + Long.numberOfTrailingZeros(missing);
            }
        }
        return -1;
    }

    /** A page that came as zero before the guest ran has no memory yet: the kernel asks for it like for any other. */
    private static final class Zeros implements AutoCloseable {
        private final NativeBuffer huge;

        Zeros(List<MemoryBlock> blocks) {
            long most = blocks.stream().mapToLong(block -> block.memory().pageSize()).max().orElse(RamBlock.PAGE_SIZE);
            huge = new NativeBuffer(most); // the kernel has no zero pages of that size
        }

        void install(FaultHandler handler, Mapping memory, long offset) throws IOException {
            long length = memory.pageSize();
            InstallOutcome outcome;
            do {
                outcome = length == RamBlock.PAGE_SIZE
                        ? handler.zero(memory, offset, length)
                        : handler.copy(memory, offset, huge.segment(), 0, length, false);
            } while (outcome == InstallOutcome.TRY_AGAIN);
            if (outcome == InstallOutcome.ALREADY_PRESENT) {
                handler.wake(memory, offset, length);
            }
        }

        @Override
        public void close() {
            huge.close();
        }
    }

    /** Idempotent; any thread but that of the faults. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        stop.signal();
        NativeThread.join(thread);
        for (MemoryBlock block : blocks) {
            unregister(block);
            block.memory().setHugePages(true);
            block.letContentGo(this);
        }
        userfaultfd.close();
        stop.close();
    }

    private void unregister(MemoryBlock block) {
        try {
            userfaultfd.unregister(block.memory(), 0, block.byteSize());
        } catch (IOException e) {
            LOG.warn("block '{}': {}", block.name(), e.getMessage()); // closing the descriptor does it all the same
        }
    }
}
