package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.ram.BlockSource;
import io.godwit.protocol.mappedram.MappedRamHeader;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the RAM section of a mapped-ram file: its first body has the block list with the place of each block, all others are
 * empty. What is done with the pages is somebody else's. One thread.
 */
public final class MappedRamReader {
    private final Listed listed;
    private boolean known;

    /** Takes the list, once; the input stands behind the last block's pages then, and must be left there. */
    @FunctionalInterface
    interface Listed {
        void take(StreamInput in, List<MappedRamLayout.Block> places) throws IOException;
    }

    /** Told once, as soon as it is known which pages there are; {@code in} must be left where it is. */
    @FunctionalInterface
    public interface Taker {
        void take(PagesInFile pages, StreamInput in) throws IOException;
    }

    MappedRamReader(Listed listed) {
        this.listed = listed;
    }

    /** For a guest whose blocks {@code source} knows. */
    public MappedRamReader(BlockSource source, Taker taker) {
        this((in, places) -> taker.take(PagesInFile.read(in, places, source), in));
    }

    /** Reads a body of the RAM section up to and including its EOS. */
    public void readBody(StreamInput in) throws IOException {
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
