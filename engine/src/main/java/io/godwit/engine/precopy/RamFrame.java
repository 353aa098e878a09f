package io.godwit.engine.precopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;
import java.util.List;

/** What begins and ends a section of RAM in a stream, whatever is between. The output is lent. One thread. */
public final class RamFrame {
    private final StreamOutput out;
    private final int sectionId;

    public RamFrame(StreamOutput out, int sectionId) {
        this.out = out;
        this.sectionId = sectionId;
    }

    /** The first section, which has a header of its own. */
    public void begin() throws IOException {
        out.u8(SectionType.START.code());
        new SectionHeader(sectionId, SectionHeader.RAM, 0, SectionHeader.RAM_VERSION).write(out);
    }

    /** A further one: PART or END. */
    public void resume(SectionType type) throws IOException {
        out.u8(type.code());
        out.u32(sectionId);
    }

    /** EOS and footer. */
    public void end() throws IOException {
        out.u64(RamRecord.EOS);
        SectionHeader.writeFooter(out, sectionId);
    }

    /** The block list of a stream that postcopy may follow: blocks of large pages tell their size. */
    public static void writeListForPostcopy(WireOutput out, List<? extends RamBlock> blocks) throws IOException {
        RamBlockEntry.writeTotal(out, entries(blocks));
        for (RamBlock block : blocks) {
            new RamBlockEntry(block.name(), block.byteSize()).write(out);
            if (block.memoryPageBytes() != RamBlock.PAGE_SIZE) {
                out.u64(block.memoryPageBytes());
            }
        }
    }

    /** The blocks as the list in the first section names them. */
    public static List<RamBlockEntry> entries(List<? extends RamBlock> blocks) {
        return blocks.stream().map(block -> new RamBlockEntry(block.name(), block.byteSize())).toList();
    }
}
