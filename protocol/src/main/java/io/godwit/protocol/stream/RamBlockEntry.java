package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One entry of the block list that stands in the START of the RAM section. */
public record RamBlockEntry(String name, long lengthBytes) {
    private static final int MAX_BLOCKS = 4096;

    /** Writes the whole record: MEM_SIZE with the total, then the entries. */
    public static void writeList(WireOutput out, List<RamBlockEntry> blocks) throws IOException {
        long total = blocks.stream().mapToLong(RamBlockEntry::lengthBytes).sum();
        out.u64(total | RamRecord.MEM_SIZE);
        for (RamBlockEntry block : blocks) {
            out.str8(block.name());
            out.u64(block.lengthBytes());
        }
    }

    /** Reads the entries that follow a MEM_SIZE with this total. */
    public static List<RamBlockEntry> readList(WireInput in, long total) throws IOException {
        var blocks = new ArrayList<RamBlockEntry>();
        long left = total;
        while (left > 0) {
            if (blocks.size() == MAX_BLOCKS) {
                throw new MalformedStreamException("more than " + MAX_BLOCKS + " RAM blocks");
            }
            String name = in.str8();
            long length = in.u64();
            if (length <= 0 || length > left) {
                throw new MalformedStreamException("RAM block '%s' of %s bytes, expected 1 to %d of the total of %d"
                        .formatted(name, Long.toUnsignedString(length), left, total));
            }
            blocks.add(new RamBlockEntry(name, length));
            left -= length;
        }
        return blocks;
    }
}
