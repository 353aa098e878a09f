package io.godwit.inspect;

import io.godwit.protocol.stream.RamBlockEntry;
import java.util.ArrayList;
import java.util.List;

/** Where in a stream the last content of each page stands: 8 bytes of heap a page, so of a bounded number of pages. */
final class PageIndex implements RamListener {
    private static final long MAX_PAGES = 4 << 20;

    private final List<long[]> positions = new ArrayList<>();
    private long pages;
    private boolean tooMany;
    private boolean deltas;

    @Override
    public void listed(RamBlockEntry block) {
        long more = block.lengthBytes() / MappedPages.PAGE_SIZE;
        pages += more;
        tooMany |= pages > MAX_PAGES;
        positions.add(new long[tooMany ? 0 : (int) more]);
    }

    @Override
    public void page(int block, long offset, long position) {
        set(block, offset, position);
    }

    @Override
    public void zero(int block, long offset) {
        set(block, offset, 0); // where no page can stand
    }

    @Override
    public void delta(int block, long offset) {
        deltas = true;
    }

    private void set(int block, long offset, long position) {
        if (!tooMany) {
            positions.get(block)[(int) (offset / MappedPages.PAGE_SIZE)] = position;
        }
    }

    /** Whether there were more pages than this remembers. */
    boolean tooMany() {
        return tooMany;
    }

    /** Whether some page stands nowhere, but has to be worked out. */
    boolean hasDeltas() {
        return deltas;
    }

    /** Where the page stands; 0 when it is zero or never came. */
    long position(int block, long page) {
        return positions.get(block)[(int) page];
    }
}
