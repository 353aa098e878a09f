package io.godwit.engine.mappedram;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.ram.BlockSource;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which pages of a guest's RAM a mapped-ram file has, and where: all that has to be read before any page.
 *
 * @param places where the blocks stand in the file
 * @param blocks the guest's own, in the same order
 * @param present of each block the pages that are in the file; all others are zero, whatever the file holds there
 */
public record PagesInFile(List<MappedRamLayout.Block> places, List<RamBlock> blocks, List<PageBitmap> present) {

    public PagesInFile {
        places = List.copyOf(places);
        blocks = List.copyOf(blocks);
        present = List.copyOf(present);
    }

    /** Reads the bitmaps. Leaves the input behind the last block's pages, where it is and where the stream goes on. */
    static PagesInFile read(StreamInput in, List<MappedRamLayout.Block> places, BlockSource source)
            throws IOException {
        List<? extends RamBlock> blocks = source.of(places.stream().map(MappedRamLayout.Block::entry).toList());
        var present = new ArrayList<PageBitmap>();
        for (MappedRamLayout.Block place : places) {
            present.add(new BitmapPlace(place).read(in));
        }
        return new PagesInFile(places, List.copyOf(blocks), present);
    }

    /** Pages that are not in the file. */
    long zeroPages() {
        return present.stream().mapToLong(each -> each.pages() - each.cardinality()).sum();
    }

    /** Where in the file a page of a block stands. */
    long placeOf(int block, long page) {
        return places.get(block).header().pagesOffset() + page * RamBlock.PAGE_SIZE;
    }

    /** Refuses another file that does not have the same pages. */
    public void expectSame(PagesInFile other) throws MalformedStreamException {
        for (int i = 0; i < blocks.size(); i++) {
            if (other.blocks.size() != blocks.size() || !other.blocks.get(i).equals(blocks.get(i))
                    || !other.present.get(i).hasSamePages(present.get(i))) {
                throw new MalformedStreamException(
                        "the file has other pages of block '%s' than the one that the guest was loaded from"
                                .formatted(blocks.get(i).name()));
            }
        }
    }
}
