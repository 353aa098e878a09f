package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One entry of the block list that stands in the START of the RAM section.
 *
 * <pre>
 * str8 name, be64 length [28 bytes more in a mapped-ram file]
 * </pre>
 */
public record RamBlockEntry(String name, long lengthBytes) {
    private static final int MAX_BLOCKS = 4096;
    private static final int PAGE_SIZE = 4096;

    /** Writes the whole record: MEM_SIZE with the total, then the entries. */
    public static void writeList(WireOutput out, List<RamBlockEntry> blocks) throws IOException {
        writeTotal(out, blocks);
        for (RamBlockEntry block : blocks) {
            block.write(out);
        }
    }

    /** Writes what precedes the entries: MEM_SIZE with the total. */
    public static void writeTotal(WireOutput out, List<RamBlockEntry> blocks) throws IOException {
        long total = blocks.stream().mapToLong(RamBlockEntry::lengthBytes).sum();
        out.u64(total | RamRecord.MEM_SIZE);
    }

    /** Writes the name and the length. */
    public void write(WireOutput out) throws IOException {
        out.str8(name);
        out.u64(lengthBytes);
    }

    /** Bytes of the name and the length on the wire. */
    public int wireBytes() {
        return 1 + name.length() + Long.BYTES;
    }

    /** Reads the entries that follow a MEM_SIZE with this total, of which the caller knows how much it bears. */
    public static List<RamBlockEntry> readList(WireInput in, long total) throws IOException {
        var reader = new ListReader(in, total);
        var blocks = new ArrayList<RamBlockEntry>();
        while (reader.hasNext()) {
            blocks.add(reader.next());
        }
        return blocks;
    }

    /** Reads the list entry by entry, for the one who has to read something else in between. */
    public static final class ListReader {
        private final WireInput in;
        private final long total;
        private final Set<String> names = new HashSet<>();
        private long left;

        /** The list ends when the entries' lengths add up to {@code total}: at once when that is not positive. */
        public ListReader(WireInput in, long total) {
            this.in = in;
            this.total = total;
            left = total;
        }

        public boolean hasNext() {
            return left > 0;
        }

        /** The next entry, from where the input stands: of whole pages, and named as no other. */
        public RamBlockEntry next() throws IOException {
            if (names.size() == MAX_BLOCKS) {
                throw new MalformedStreamException("more than " + MAX_BLOCKS + " RAM blocks");
            }
            String name = checkedName(in.str8());
            long length = in.u64();
            if (length <= 0 || length > left || length % PAGE_SIZE != 0) {
                throw new MalformedStreamException(
                        "RAM block '%s' of %s bytes, expected pages of %d bytes, at most %d of the total of %d"
                                .formatted(name, Long.toUnsignedString(length), PAGE_SIZE, left, total));
            }
            left -= length;
            return new RamBlockEntry(name, length);
        }

        /** A name ends up in logs and messages: nothing in it may act on a terminal. */
        private String checkedName(String name) throws MalformedStreamException {
            if (name.isEmpty()) {
                throw new MalformedStreamException("RAM block " + names.size() + " of the list has no name");
            }
            if (!name.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw new MalformedStreamException(
                        "RAM block " + names.size() + " of the list has a name that is not printable ASCII");
            }
            if (!names.add(name)) {
                throw new MalformedStreamException("RAM block '" + name + "' is listed twice");
            }
            return name;
        }
    }
}
