package io.godwit.engine.linux;

import static io.godwit.engine.linux.ffi.Fs.PAGEMAP_SCAN;
import static io.godwit.engine.linux.ffi.Fs.PAGE_IS_PFNZERO;
import static io.godwit.engine.linux.ffi.Fs.PAGE_IS_PRESENT;
import static io.godwit.engine.linux.ffi.Fs.PAGE_IS_SWAPPED;
import static io.godwit.engine.linux.ffi.Fs.PAGE_IS_WRITTEN;
import static io.godwit.engine.linux.ffi.Fs.PAGE_REGION;
import static io.godwit.engine.linux.ffi.Fs.PM_SCAN_ARG;
import static io.godwit.engine.linux.ffi.Fs.PM_SCAN_CHECK_WPASYNC;
import static io.godwit.engine.linux.ffi.Fs.PM_SCAN_WP_MATCHING;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Ioctl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;

/**
 * Owns /proc/self/pagemap: what the kernel knows about the pages of a mapping, asked by PAGEMAP_SCAN, without touching any.
 * Owns the memory for the answers; a question allocates nothing. One thread at a time.
 */
public final class Pagemap implements AutoCloseable {
    static final Path FILE = Path.of("/proc/self/pagemap");

    private static final long SMALL_PAGE = 4096;
    private static final int MAX_REGIONS = 1 << 14;
    private static final int HUGE_ATTEMPTS = 3;
    private static final long REGION = PAGE_REGION.byteSize();
    private static final long FLAGS = offset("flags");
    private static final long START = offset("start");
    private static final long END = offset("end");
    private static final long WALK_END = offset("walk_end");
    private static final long CATEGORY_INVERTED = offset("category_inverted");
    private static final long CATEGORY_MASK = offset("category_mask");
    private static final long CATEGORY_ANYOF_MASK = offset("category_anyof_mask");
    private static final long RETURN_MASK = offset("return_mask");

    private final Fd fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment regions = arena.allocate(PAGE_REGION, MAX_REGIONS);
    private final MemorySegment argument = arena.allocate(PM_SCAN_ARG);

    public Pagemap() throws IOException {
        this(FILE);
    }

    Pagemap(Path file) throws IOException {
        fd = Fd.open(file, Set.of(OpenFlag.READ), 0);
        argument.set(JAVA_LONG, 0, PM_SCAN_ARG.byteSize());
        argument.set(JAVA_LONG, offset("vec"), regions.address());
        argument.set(JAVA_LONG, offset("vec_len"), MAX_REGIONS);
    }

    private static long offset(String field) {
        return PM_SCAN_ARG.byteOffset(PathElement.groupElement(field));
    }

    /**
     * Tells {@code sink} which pieces hold memory: everything else reads as zero. Of a memfd, what any process has written
     * counts; of anonymous memory, what is in core or swapped out, but not the shared zero page.
     */
    public void resident(Mapping mapping, RangeSink sink) throws IOException {
        Fd memfd = mapping.memfd();
        if (memfd == null) {
            select(0, PAGE_IS_PFNZERO, PAGE_IS_PFNZERO, PAGE_IS_PRESENT | PAGE_IS_SWAPPED, 0);
            scan(mapping, sink::accept);
        } else if (mapping.pageSize() > SMALL_PAGE) {
            hugeResident(mapping, memfd, sink);
        } else {
            dataOf(memfd, 0, mapping.byteSize(), sink);
        }
    }

    /**
     * A memfd of huge pages calls all of itself data, so the page tables are asked. They know nothing of what came into being
     * by another mapping and was never touched by this one: when the memfd has more than they show, everything may be memory.
     */
    private void hugeResident(Mapping mapping, Fd memfd, RangeSink sink) throws IOException {
        select(0, 0, PAGE_IS_PRESENT, 0, 0);
        for (int attempt = 0; attempt < HUGE_ATTEMPTS; attempt++) {
            long allocated = memfd.allocatedBytes();
            long present = scan(mapping, (from, to) -> {});
            boolean changing = memfd.allocatedBytes() != allocated; // a guest that runs: look again
            if (present == allocated && !changing) {
                scan(mapping, sink::accept);
                return;
            }
            if (!changing) {
                break;
            }
        }
        sink.accept(0, mapping.byteSize());
    }

    /**
     * Tells {@code sink} which pieces were written since they were last protected, and protects them again in the same
     * step: no write falls between. All of the mapping must be registered for asynchronous write protection. Huge pages of a
     * memfd are told and protected as wholes.
     */
    public void takeWritten(Mapping mapping, RangeSink sink) throws IOException {
        // Anonymous memory that does not exist cannot have been written, though the kernel says so until it is protected;
        // protecting it would leave a mark for each page. A memfd's page may be written and yet not be in the page tables
        // (a huge one that is not there is never said to be written, nor marked: it is when it comes into being).
        long existing = mapping.memfd() == null ? PAGE_IS_PRESENT | PAGE_IS_SWAPPED : 0;
        select(PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC, 0, PAGE_IS_WRITTEN, existing, PAGE_IS_WRITTEN);
        scan(mapping, sink::accept);
    }

    /**
     * Tells {@code sink} which pieces hold memory that is not protected from writes by a userfaultfd: what came into being, or
     * lost its protection, since all that held memory was protected. All of the mapping must be registered for that.
     */
    public void unprotected(Mapping mapping, RangeSink sink) throws IOException {
        Fd memfd = mapping.memfd();
        if (memfd == null) {
            select(0, PAGE_IS_PFNZERO, PAGE_IS_WRITTEN | PAGE_IS_PFNZERO, PAGE_IS_PRESENT | PAGE_IS_SWAPPED, 0);
            scan(mapping, sink::accept);
        } else if (mapping.pageSize() > SMALL_PAGE) {
            select(0, 0, PAGE_IS_WRITTEN | PAGE_IS_PRESENT, 0, 0);
            scan(mapping, sink::accept);
        } else {
            // What is not in the page tables is told as well, as a page that was written may have left them. A memfd knows.
            select(0, 0, PAGE_IS_WRITTEN, 0, 0);
            scan(mapping, (from, to) -> dataOf(memfd, from, to, sink));
        }
    }

    /** Pages that have all of {@code mask}, with those of {@code inverted} turned round, and any of {@code anyOf}. */
    private void select(long flags, long inverted, long mask, long anyOf, long returned) {
        argument.set(JAVA_LONG, FLAGS, flags);
        argument.set(JAVA_LONG, CATEGORY_INVERTED, inverted);
        argument.set(JAVA_LONG, CATEGORY_MASK, mask);
        argument.set(JAVA_LONG, CATEGORY_ANYOF_MASK, anyOf);
        argument.set(JAVA_LONG, RETURN_MASK, returned);
    }

    /** A {@link RangeSink} that asks the kernel more. */
    private interface Reader {
        void accept(long from, long to) throws IOException;
    }

    /** Returns the bytes that {@code sink} was told of, those told of twice counted once. */
    private long scan(Mapping mapping, Reader sink) throws IOException {
        long base = mapping.hostAddress();
        long end = base + mapping.byteSize();
        argument.set(JAVA_LONG, END, end);
        long told = 0;
        long toldTo = base;
        int count = MAX_REGIONS;
        for (long at = base; at < end && count == MAX_REGIONS; at = argument.get(JAVA_LONG, WALK_END)) {
            count = scanFrom(at);
            for (long region = 0; region < count * REGION; region += REGION) {
                long from = regions.get(JAVA_LONG, region);
                long to = regions.get(JAVA_LONG, region + Long.BYTES);
                sink.accept(from - base, to - base);
                told += Math.max(0, to - Math.max(from, toldTo));
                toldTo = Math.max(to, toldTo);
            }
        }
        return told;
    }

    /**
     * One call, which ends where it has no more room. One that was not full has seen everything, whatever it says of
     * {@code walk_end}: the kernel works in steps of 512 regions and leaves the start of the last step there (Linux 6.18).
     */
    private int scanFrom(long address) throws IOException {
        argument.set(JAVA_LONG, START, address);
        while (true) {
            argument.set(JAVA_LONG, WALK_END, 0); // another value would be left as it is
            int count = Ioctl.ioctl(fd.number(), PAGEMAP_SCAN, argument);
            if (count != Errno.EINTR.result()) {
                return ErrnoException.check(count, "PAGEMAP_SCAN");
            }
        }
    }

    /** Moves the memfd's file offset, which nobody uses. */
    private static void dataOf(Fd memfd, long from, long to, RangeSink sink) throws IOException {
        for (long data = memfd.nextData(from); data != Fd.NONE && data < to;) {
            long hole = memfd.nextHole(data);
            if (hole == Fd.NONE) {
                return; // somebody cut it meanwhile
            }
            sink.accept(data, Math.min(hole, to));
            data = memfd.nextData(hole);
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            fd.close();
        }
    }
}
