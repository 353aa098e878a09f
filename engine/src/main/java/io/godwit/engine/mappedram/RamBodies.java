package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.protocol.mappedram.MappedRamHeader;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The bodies of a RAM section in a mapped-ram file: the first one has the block list, with the place of each block, and none
 * has pages. One thread.
 */
final class RamBodies {
    private final Listed listed;
    private boolean known;

    /** Takes the list; the input stands behind the last block's pages then. */
    @FunctionalInterface
    interface Listed {
        void take(StreamInput in, List<MappedRamLayout.Block> places) throws IOException;
    }

    RamBodies(Listed listed) {
        this.listed = listed;
    }

    /** Reads a body up to and including its EOS. */
    void read(StreamInput in) throws IOException {
        while (true) {
            long at = in.position();
            long word = in.u64();
            int flags = (int) (word & RamRecord.FLAGS);
            if (flags == RamRecord.EOS) {
                return;
            }
            if (flags != RamRecord.MEM_SIZE || known) {
                throw new MalformedStreamException("RAM record %s at byte %d of a mapped-ram file, expected %s"
                        .formatted(RamRecord.describe(flags), at, known ? "EOS" : "the block list or EOS"));
            }
            known = true;
            listed.take(in, readList(in, word & ~(long) RamRecord.FLAGS));
        }
    }

    private static List<MappedRamLayout.Block> readList(StreamInput in, long total) throws IOException {
        long fileBytes = in.file().size();
        var entries = new RamBlockEntry.ListReader(in, total);
        var places = new ArrayList<MappedRamLayout.Block>();
        while (entries.hasNext()) {
            long position = in.filePosition();
            RamBlockEntry entry = entries.next();
            var header = MappedRamHeader.read(in, entry.name(), entry.lengthBytes(), fileBytes);
            var place = new MappedRamLayout.Block(entry, position, header);
            places.add(place);
            in.seek(place.pagesEnd());
        }
        MappedRamLayout.checkDisjoint(places);
        return places;
    }
}
