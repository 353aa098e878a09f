package io.godwit.engine.mappedram;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Extents;
import io.godwit.engine.seal.Seal;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Holds pages that were loaded against the seal of their file: as they are in RAM, where nobody writes them yet, not as the
 * file has them. Pages of the same extent that were not loaded are zero for a start, as they mostly are in the file; where
 * that does not fit they are read. One thread.
 */
final class LoadedCheck implements AutoCloseable {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;
    private static final int PAGES = SealHeader.EXTENT_PAGES;

    private final Fd file;
    private final @Nullable Seal seal;
    private final Extents extent = new Extents(1);
    private final long zeroPage = Digest.ofZeroPage();

    private LoadedCheck(Fd file, @Nullable Seal seal) {
        this.file = file;
        this.seal = seal;
    }

    /** Of a file that is not sealed it lets everything pass. */
    static LoadedCheck of(StreamInput in) throws IOException {
        return new LoadedCheck(in.file(), in.seal());
    }

    /** The pages from {@code first} up to, not including, {@code end}, of which those that are {@code present} were loaded. */
    void piece(MappedRamLayout.Block place, PageBitmap present, RamBlock block, long first, long end)
            throws IOException {
        if (seal == null) {
            return;
        }
        long base = place.header().pagesOffset() / PAGE_SIZE;
        for (long page = present.nextSet(first, end); page >= 0;) {
            long number = (base + page) / PAGES;
            check(seal, number, new Loaded(block, present, base, first, end));
            page = present.nextSet((number + 1) * PAGES - base, end);
        }
    }

    /** Page {@code i} of {@code block} is page {@code base + i} of the file. */
    private record Loaded(RamBlock block, PageBitmap present, long base, long first, long end) {
        boolean has(long pageOfFile) {
            long page = pageOfFile - base;
            return page >= first && page < end && present.get(page);
        }

        void digest(long pageOfFile, Extents into, int index) throws IOException {
            block.digestPages((pageOfFile - base) * PAGE_SIZE, PAGE_SIZE, into.pageDigests(),
                    (long) index * Long.BYTES);
        }

        /** Where in the block the extent is that begins with this page, for a person. */
        String where(long pageOfFile) {
            long from = Math.max(0, pageOfFile - base) * PAGE_SIZE;
            long to = Math.min(block.byteSize(), (pageOfFile + PAGES - base) * PAGE_SIZE);
            return " (block '%s', bytes 0x%x to 0x%x)".formatted(block.name(), from, to - 1);
        }
    }

    private void check(Seal expected, long number, Loaded loaded) throws IOException {
        long page = number * PAGES;
        boolean whole = true;
        for (int i = 0; i < PAGES; i++) {
            if (loaded.has(page + i)) {
                loaded.digest(page + i, extent, i);
            } else {
                whole = false;
                extent.pageDigests().set(JAVA_LONG, (long) i * Long.BYTES, zeroPage);
            }
        }
        long got = extent.digestOfPages();
        if (got != expected.digest(number) && !whole) {
            got = withTheFilesOwn(expected, number, loaded);
        }
        if (got != expected.digest(number)) {
            throw expected.broken(number, got, loaded.where(page));
        }
    }

    /** What was not loaded may be another block's, or data that no bit speaks of any more. */
    private long withTheFilesOwn(Seal expected, long number, Loaded loaded) throws IOException {
        extent.read(file, expected.header(), number, 1);
        for (int i = 0; i < PAGES; i++) {
            if (!loaded.has(number * PAGES + i)) {
                Digest.ofPages(extent.data(), (long) i * PAGE_SIZE, PAGE_SIZE, extent.pageDigests(),
                        (long) i * Long.BYTES);
            }
        }
        return extent.digestOfPages();
    }

    @Override
    public void close() {
        extent.close();
    }
}
