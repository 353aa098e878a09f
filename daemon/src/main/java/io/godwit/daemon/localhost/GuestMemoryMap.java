package io.godwit.daemon.localhost;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the blocks of a guest's RAM lie in its QEMU, in the QEMU's own addresses. */
public record GuestMemoryMap(List<Block> blocks) {
    private static final Pattern LINE = Pattern
            .compile(
                    "\\s*(\\S+)\\s+([0-9]{1,4}) ([KMG])iB\\s+0x[0-9a-f]+ 0x([0-9a-f]{1,16}) 0x[0-9a-f]+ 0x([0-9a-f]{1,16}).*");
    private static final int KIB_BITS = 10;

    public GuestMemoryMap {
        blocks = List.copyOf(blocks);
    }

    /** @param bytes in use */
    record Block(String name, long pageBytes, long bytes, long address) {}

    /**
     * Reads what {@code info ramblock} prints.
     *
     * @throws IOException when it does not tell, as that of older QEMUs does not
     */
    public static GuestMemoryMap parse(String infoRamblock) throws IOException {
        var blocks = new ArrayList<Block>();
        for (String line : infoRamblock.split("\r?\n", -1)) {
            Matcher block = LINE.matcher(line);
            if (block.matches()) {
                blocks.add(new Block(block.group(1),
                        Long.parseLong(block.group(2)) << (KIB_BITS * (1 + "KMG".indexOf(block.group(3)))),
                        Long.parseUnsignedLong(block.group(4), 16), Long.parseUnsignedLong(block.group(5), 16)));
            }
        }
        if (blocks.isEmpty()) {
            throw new IOException("'info ramblock' does not tell where the guest's memory is");
        }
        return new GuestMemoryMap(blocks);
    }

    /** The address of {@code length} bytes of a block, which all must be in it. */
    long address(String block, long start, int length) throws IOException {
        for (Block each : blocks) {
            if (each.name().equals(block)) {
                if (start < 0 || length <= 0 || start > each.bytes() - length) {
                    throw new IOException("%d bytes at %d of RAM block '%s' were asked for, which has %d"
                            .formatted(length, start, block, each.bytes()));
                }
                return each.address() + start;
            }
        }
        throw new IOException("a page of RAM block '" + block + "' was asked for, which there is not");
    }
}
