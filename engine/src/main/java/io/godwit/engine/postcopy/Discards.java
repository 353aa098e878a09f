package io.godwit.engine.postcopy;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamCommand.PostcopyDiscard;
import io.godwit.protocol.stream.StreamCommand.Range;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells the destination to throw away whatever stands where pages are still to come: what it has of them is out of date, and
 * a page that is there cannot be put there again.
 */
final class Discards {
    private Discards() {}

    /** Writes at least one for every block that lacks anything. */
    static void write(OwedPages owed, WireOutput out) throws IOException {
        for (int i = 0; i < owed.blocks().size(); i++) {
            write(owed.blocks().get(i), owed.missing(i), out);
        }
    }

    /** Writes those that {@code owed} lacks and {@code early} did not; it lacks what {@code early} did, from then on. */
    static void writeMore(OwedPages early, OwedPages owed, WireOutput out) throws IOException {
        for (int i = 0; i < owed.blocks().size(); i++) {
            owed.lacksToo(i, early.missing(i));
            var more = new PageBitmap(owed.missing(i).pages());
            more.or(owed.missing(i));
            more.remove(early.missing(i));
            write(owed.blocks().get(i), more, out);
        }
    }

    private static void write(RamBlock block, PageBitmap missing, WireOutput out) throws IOException {
        List<Range> ranges = new ArrayList<>();
        for (long page = missing.nextSet(0); page >= 0;) {
            long end = missing.nextClear(page);
            ranges.add(new Range(page * RamBlock.PAGE_SIZE, (end - page) * RamBlock.PAGE_SIZE));
            if (ranges.size() == StreamCommand.USUAL_RANGES) {
                new PostcopyDiscard(block.name(), ranges).write(out);
                ranges.clear();
            }
            page = missing.nextSet(end);
        }
        if (!ranges.isEmpty()) {
            new PostcopyDiscard(block.name(), ranges).write(out);
        }
    }
}
