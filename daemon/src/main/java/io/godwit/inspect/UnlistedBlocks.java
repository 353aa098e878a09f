package io.godwit.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** RAM blocks as a channel without a block list names them, and how many pages of each came. In the order of their naming. */
final class UnlistedBlocks {
    private static final int MAX_BLOCKS = 4096;

    private final Map<String, Counts> counts = new LinkedHashMap<>();

    /** Of one block. */
    static final class Counts {
        long normal;
        long zero;
    }

    /**
     * The counts of the block of that name, which stands at byte {@code at} of {@code where}.
     *
     * @throws DamagedException when it cannot be a name, or there are too many
     */
    Counts of(String name, long at, String where) throws DamagedException {
        Counts known = counts.get(name);
        if (known != null) {
            return known;
        }
        if (name.isEmpty() || name.length() > 255 || !Printable.of(name).equals(name)) {
            throw DamagedException.unexpected(at, "RAM block of " + where, "'" + name + "'",
                    "1 to 255 printable characters");
        }
        if (counts.size() == MAX_BLOCKS) {
            throw DamagedException.unexpected(at, "RAM blocks", "one more", "at most " + MAX_BLOCKS);
        }
        var added = new Counts();
        counts.put(name, added);
        return added;
    }

    List<ChannelReport.Block> report() {
        return counts.entrySet().stream().map(block -> new ChannelReport.Block(block.getKey(),
                block.getValue().normal, block.getValue().zero)).toList();
    }
}
