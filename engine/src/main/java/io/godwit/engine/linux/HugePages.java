package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Mman;
import io.godwit.engine.linux.ffi.Vfs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** The host's pool of huge pages, which an operator fills by vm.nr_hugepages, and the memfds that take from it. */
final class HugePages {
    /** What a memfd takes that is made here; one from elsewhere may take others. */
    static final long BYTES = 2L << 20;

    private static final long SMALL_PAGE = 4096;

    private HugePages() {}

    /** Bytes of a page of {@code memfd}: 4096, or those of its huge pages. */
    static long pageBytes(Fd memfd) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statfs = arena.allocate(Vfs.STATFS);
            ErrnoException.check(Vfs.fstatfs(memfd.number(), statfs), "get page size of " + memfd);
            return Vfs.f_type(statfs) == Vfs.HUGETLBFS_MAGIC ? Vfs.f_bsize(statfs) : SMALL_PAGE;
        }
    }

    /**
     * Sets pages of the pool aside for a range, as far as the memfd has none there. Without that, whoever touches the range
     * is killed by SIGBUS when the pool is empty; with that, it cannot happen. Says how many are free when they are too few.
     */
    static void reserve(Fd memfd, long pageBytes, long offset, long length) throws ErrnoException {
        long start = Mman.mmap(0, length, Mman.PROT_NONE, Mman.MAP_SHARED, memfd.number(), offset);
        if (start == Errno.ENOMEM.result()) {
            throw new ErrnoException("reserve " + length / pageBytes + " huge pages of " + pageBytes / 1024 + " kB, "
                    + free(pageBytes) + " are free (vm.nr_hugepages sets how many there are)", start);
        }
        ErrnoException.check(start, "reserve huge pages of " + memfd);
        Mman.munmap(start, length); // they stay set aside for as long as the memfd is
    }

    private static String free(long pageBytes) {
        Path pool = Path.of("/sys/kernel/mm/hugepages/hugepages-" + pageBytes / 1024 + "kB");
        try {
            return Long.toString(count(pool.resolve("free_hugepages")) - count(pool.resolve("resv_hugepages")));
        } catch (IOException e) {
            return "an unknown number";
        }
    }

    private static long count(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }
}
