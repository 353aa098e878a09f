package io.godwit.engine.postcopy;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
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

    static void write(PendingPages missing, WireOutput out) throws IOException {
        for (int i = 0; i < missing.blocks().size(); i++) {
            write(missing.blocks().get(i), missing.bitmap(i), out);
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
