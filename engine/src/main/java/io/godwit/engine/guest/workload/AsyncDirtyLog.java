package io.godwit.engine.guest.workload;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.linux.UserfaultFeature;
import io.godwit.engine.linux.Userfaultfd;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.Set;

/**
 * Notes written pages by asynchronous write protection: the kernel lifts the protection of a page at the first write to it,
 * nobody waits, and PAGEMAP_SCAN tells which were lifted and protects them again. Sees every writer of this process, system
 * calls included. Owns a userfaultfd, to which the block is registered while this is open.
 */
final class AsyncDirtyLog implements DirtyLog {
    private static final Set<UserfaultFeature> FEATURES = Set.of(UserfaultFeature.PAGEFAULT_FLAG_WP,
            UserfaultFeature.WP_ASYNC, UserfaultFeature.WP_UNPOPULATED, UserfaultFeature.WP_HUGETLBFS_SHMEM);

    private final MemoryBlock ram;
    private final Runnable closed;
    private final Userfaultfd userfaultfd;
    private final Pagemap pagemap;
    private boolean open = true;
    private final PageBitmap discarded;

    /** @param closed run once, at the close */
    AsyncDirtyLog(MemoryBlock ram, Runnable closed) throws IOException {
        this.ram = ram;
        this.closed = closed;
        discarded = new PageBitmap(ram.pages());
        Mapping memory = ram.memory();
        pagemap = new Pagemap();
        try {
            userfaultfd = Userfaultfd.open(FEATURES);
        } catch (IOException | RuntimeException e) {
            pagemap.close();
            throw e;
        }
        try {
            userfaultfd.register(memory, 0, memory.byteSize(), Set.of(Userfaultfd.Mode.WRITE_PROTECT));
            // Protects it. Anonymous pages that come into being later are not protected, and so are told as written.
            pagemap.takeWritten(memory, (from, to) -> {});
        } catch (IOException | RuntimeException e) {
            release();
            throw e;
        }
    }

    @Override
    public synchronized void takeDirty(RamBlock block, PageBitmap into) throws IOException {
        if (!open || !block.equals(ram)) {
            throw new IllegalStateException("dirty pages of '" + block.name() + "', the log of '" + ram.name() + "' is "
                    + (open ? "open" : "closed"));
        }
        pagemap.takeWritten(ram.memory(),
                (from, to) -> into.setRange(from / RamBlock.PAGE_SIZE, to / RamBlock.PAGE_SIZE));
        into.or(discarded);
        discarded.clearAll();
    }

    /** Pages were given back to the kernel, of which it tells nothing. What is written there from now on it tells. */
    synchronized void discarded(long first, long pages) {
        discarded.setRange(first, first + pages);
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            release();
            closed.run();
        }
    }

    private void release() {
        userfaultfd.close(); // unregisters, and lifts what is still protected
        pagemap.close();
    }
}
