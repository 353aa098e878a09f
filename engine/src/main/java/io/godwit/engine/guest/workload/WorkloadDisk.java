package io.godwit.engine.guest.workload;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.ram.RamBlock;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the disk of a workload guest: a raw file, or a block layer's export that looks like one. The page of number n has its place
 * at n times 4096 bytes. A write is complete when the disk has it, not when the page cache does, as a virtual machine's is; once
 * one has failed the disk is not written any more. Any thread, each with pages of its own.
 */
public final class WorkloadDisk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkloadDisk.class);
    private static final int PAGE = RamBlock.PAGE_SIZE;

    private final Path path;
    private final Fd file;
    private final long bytes;
    private volatile @Nullable IOException failure;

    private WorkloadDisk(Path path, Fd file, long bytes) {
        this.path = path;
        this.file = file;
        this.bytes = bytes;
    }

    /** Opens what is there, past the page cache. {@code leastBytes}: what the guest's program needs of it. */
    public static WorkloadDisk open(Path path, long leastBytes) throws IOException {
        Fd file = Fd.open(path, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.DIRECT), 0);
        try {
            if (file.kind() != FileKind.REGULAR) {
                throw new IOException("disk '" + path + "' is no regular file, as an export of a block layer is one");
            }
            long bytes = file.size();
            if (bytes < leastBytes) {
                throw new IOException("disk '" + path + "' has " + bytes + " bytes, at least " + leastBytes
                        + " expected: as many as the workload fills");
            }
            return new WorkloadDisk(path, file, bytes);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Writes a page of memory to its place; an error is kept, for {@link #failure}. */
    void write(Mapping memory, long page) {
        if (failure != null) {
            return;
        }
        try {
            // A program that came from elsewhere may have been made for a larger one; a file would grow.
            long written = page < bytes / PAGE ? memory.pwriteTo(file, page * PAGE, page * PAGE, PAGE) : 0;
            if (written != PAGE) {
                throw new EOFException("page " + page + " is at its end: it has " + bytes + " bytes");
            }
        } catch (IOException e) {
            failure = e;
            LOG.error("disk '{}': {}: not written any more", path, e.getMessage());
        }
    }

    /** Reads a page from its place into a page-aligned buffer. */
    void read(long page, MemorySegment target) throws IOException {
        long got = page < bytes / PAGE ? file.pread(target, 0, PAGE, page * PAGE) : 0;
        if (got != PAGE) {
            throw new EOFException("disk '" + path + "': page " + page + " is at its end: it has " + bytes + " bytes");
        }
    }

    /** Why it is not written any more, or nothing. */
    Optional<String> failure() {
        return Optional.ofNullable(failure).map(reason -> "disk '" + path + "': " + reason.getMessage());
    }

    /** Nobody may be reading or writing any more. */
    @Override
    public void close() {
        file.close();
    }
}
