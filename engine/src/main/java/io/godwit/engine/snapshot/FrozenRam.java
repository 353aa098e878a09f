package io.godwit.engine.snapshot;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.linux.UserfaultFeature;
import io.godwit.engine.linux.Userfaultfd;
import io.godwit.engine.linux.Userfaultfd.Mode;
import io.godwit.engine.paging.FaultStatistics;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RAM whose pages are saved as they were at one instant. Owns a userfaultfd over all of it, the
 * {@link WriteFaultThread}, and what that puts aside.
 *
 * <pre>
 * arm       the guest runs: what holds memory is protected; a write lifts that again for its surroundings
 * freeze    the guest stands still: what is unprotected or new is protected: little, so that it takes no time
 * save      the guest runs: whoever takes a page first copies it, lifts its protection, and then saves the copy:
 *           {@link SnapshotLane} in the order of the pages, write-faults the ones that are to be written
 * close     nothing is protected any more
 * </pre>
 *
 * Memory that never was does not have to be protected: it is zero at the instant, and stays out of the image. So does what the guest
 * has reported as free since it was armed and has not written since, which its protection shows.
 */
final class FrozenRam implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FrozenRam.class);
    /** While it is armed, so much loses its protection by a write: a huge page stays whole. */
    private static final long ARMED_PIECE = 2L << 20;

    private final List<FrozenBlock> blocks;
    private final Aside aside;
    private final Userfaultfd userfaultfd;
    private final Pagemap pagemap;
    private final WriteFaultThread faults;
    private final AtomicLong uncopied = new AtomicLong();
    private final PendingPages touched;
    /** Of what is touched, and of what was not when it was armed. */
    private final PendingPages unprotected;
    /** Touched, protected, and free at the instant. */
    private final PendingPages free;
    /** Held while protection is lifted that was there before the instant. */
    private final Object arming = new Object();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Whether a write has to wait for its page's copy. Becomes true with the lock held. */
    private volatile boolean frozen;

    /** Registers all of it; nothing is protected yet. */
    FrozenRam(List<MemoryBlock> ram, FaultStatistics statistics) throws IOException {
        blocks = ram.stream().map(FrozenBlock::new).toList();
        touched = new PendingPages(ram);
        unprotected = new PendingPages(ram);
        free = new PendingPages(ram);
        userfaultfd = register(ram);
        try {
            pagemap = new Pagemap();
        } catch (IOException | RuntimeException e) {
            userfaultfd.close();
            throw e;
        }
        try {
            aside = new Aside();
            faults = new WriteFaultThread(this, userfaultfd, statistics);
        } catch (IOException | RuntimeException e) {
            pagemap.close();
            userfaultfd.close();
            throw e;
        }
        faults.start();
    }

    private static Userfaultfd register(List<MemoryBlock> ram) throws IOException {
        var features = EnumSet.of(UserfaultFeature.PAGEFAULT_FLAG_WP);
        if (ram.stream().anyMatch(block -> block.memory().isShared())) {
            features.add(UserfaultFeature.WP_HUGETLBFS_SHMEM);
        }
        Userfaultfd userfaultfd = Userfaultfd.open(features);
        try {
            for (MemoryBlock block : ram) {
                userfaultfd.register(block.memory(), 0, block.byteSize(), Set.of(Mode.WRITE_PROTECT));
            }
            return userfaultfd;
        } catch (IOException | RuntimeException e) {
            userfaultfd.close();
            throw e;
        }
    }

    List<FrozenBlock> blocks() {
        return blocks;
    }

    Aside aside() {
        return aside;
    }

    /** Lifts protection, for one thread. To be closed before this. */
    FaultHandler lifter() {
        return new FaultHandler(userfaultfd);
    }

    /** Protects what holds memory now. */
    void arm() throws IOException {
        blocks.forEach(block -> block.block().keepContent(this));
        touched.addTouched();
        try (FaultHandler protector = lifter()) {
            for (int i = 0; i < blocks.size(); i++) {
                protect(protector, blocks.get(i), touched.bitmap(i), true);
            }
        }
    }

    /**
     * From here on it is what it is now. The guest stands still.
     *
     * @param hints what the guest has reported since this was armed
     * @return how many pages are to be saved
     */
    long freeze(Optional<FreePageHints> hints) throws IOException {
        free.add(touched);
        hints.ifPresent(reported -> reported.withhold(touched, touched));
        try (FaultHandler protector = lifter()) {
            synchronized (arming) { // a fault that was taken before has lifted its protection by now, or waits for the end of this
                for (int i = 0; i < blocks.size(); i++) {
                    freeze(protector, blocks.get(i), unprotected.bitmap(i), touched.bitmap(i));
                }
                frozen = true;
            }
        }
        free.remove(touched);
        return touched.count();
    }

    /** How many pages were touched, and are free at the instant. */
    long freePages() {
        return free.count();
    }

    /** Has the guest write what is free without waiting. */
    void liftFree() throws IOException {
        try (FaultHandler lifter = lifter()) {
            for (int i = 0; i < blocks.size(); i++) {
                protect(lifter, blocks.get(i), free.bitmap(i), false);
            }
        }
    }

    private void freeze(FaultHandler protector, FrozenBlock block, PageBitmap open, PageBitmap all)
            throws IOException {
        pagemap.unprotected(block.memory(),
                (from, to) -> open.setRange(from / RamBlock.PAGE_SIZE, to / RamBlock.PAGE_SIZE));
        protect(protector, block, open, true);
        all.or(open);
        uncopied.addAndGet(block.expect(all));
    }

    private static void protect(FaultHandler protector, FrozenBlock block, PageBitmap pages, boolean on)
            throws IOException {
        for (long from = pages.nextSet(0); from >= 0;) {
            long to = pages.nextClear(from);
            protector.writeProtect(block.memory(), from * RamBlock.PAGE_SIZE, (to - from) * RamBlock.PAGE_SIZE, on);
            from = pages.nextSet(to);
        }
    }

    /** Units have been copied by somebody, and put aside before this if they are to be. */
    void copied(int units) {
        if (uncopied.addAndGet(-units) == 0) {
            aside.complete(); // who waits for more may have saved the last already, before this was counted
        }
    }

    /** Whether there is a unit left that nobody has copied yet. */
    boolean isIncomplete() {
        return uncopied.get() > 0;
    }

    /** Shows when faults are not served any more: what was written since is lost. */
    void check() throws IOException {
        faults.check();
    }

    /**
     * Before the instant: lets everything around be written again. False when it is frozen, and it takes a copy for that.
     *
     * @param offset in the block
     */
    boolean liftUnlessFrozen(FaultHandler handler, FrozenBlock block, long offset) throws IOException {
        if (frozen) {
            return false;
        }
        synchronized (arming) { // freeze waits for it: what is lifted here it protects again
            if (frozen) {
                return false;
            }
            long from = offset & -ARMED_PIECE;
            long to = Math.min(from + ARMED_PIECE, block.block().byteSize());
            handler.writeProtect(block.memory(), from, to - from, false);
            return true;
        }
    }

    /** No content is needed any more: from here on nobody waits for a copy, or for room. */
    void letGo() {
        frozen = false;
        aside.abandon();
        blocks.forEach(block -> block.block().letContentGo(this));
    }

    /** Lifts all protection, and has nobody wait any more. */
    void unprotect() {
        for (FrozenBlock block : blocks) {
            try {
                userfaultfd.unregister(block.memory(), 0, block.block().byteSize());
            } catch (IOException e) {
                LOG.warn("block '{}': {}", block.block().name(), e.getMessage()); // closing the descriptor does it all the same
            }
        }
    }

    /** Lifts all protection. Idempotent; any thread but that of the faults. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        letGo();
        faults.close();
        unprotect();
        userfaultfd.close();
        pagemap.close();
        aside.close();
    }
}
