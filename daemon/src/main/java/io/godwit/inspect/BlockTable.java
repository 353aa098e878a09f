package io.godwit.inspect;

import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The RAM blocks of a stream, found by name without an allocation where it is the one named last. */
final class BlockTable {
    private final List<Counts> blocks = new ArrayList<>();
    private final Map<String, Counts> byName = new HashMap<>();
    private final List<MappedRamLayout.Block> mapped = new ArrayList<>();
    private final byte[] name = new byte[255];

    /** A block and the records that came for it. */
    static final class Counts {
        final int index;
        final RamBlockEntry entry;
        private final byte[] nameBytes;
        long normal;
        long zero;
        long xbzrle;

        private Counts(int index, RamBlockEntry entry) {
            this.index = index;
            this.entry = entry;
            nameBytes = entry.name().getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    void add(RamBlockEntry entry) {
        var block = new Counts(blocks.size(), entry);
        blocks.add(block);
        byName.put(entry.name(), block);
    }

    void addMapped(MappedRamLayout.Block block) {
        add(block.entry());
        mapped.add(block);
    }

    List<Counts> blocks() {
        return blocks;
    }

    /** In the order of the list; empty unless the stream is a mapped-ram file. */
    List<MappedRamLayout.Block> mapped() {
        return mapped;
    }

    /** Reads a str8 that has to name a block; {@code last} is the one that is likeliest. */
    Counts read(FileInput in, @Nullable Counts last) throws IOException {
        long at = in.position();
        int length = in.u8();
        in.bytes(name, length);
        if (last != null && Arrays.equals(last.nameBytes, 0, last.nameBytes.length, name, 0, length)) {
            return last;
        }
        String text = new String(name, 0, length, StandardCharsets.ISO_8859_1);
        Counts found = byName.get(text);
        if (found == null) {
            throw DamagedException.unexpected(at, "RAM block of a page", "'" + text + "'", "one of the block list");
        }
        return found;
    }
}
