package io.godwit.inspect;

import java.util.List;
import java.util.UUID;

/**
 * One channel of a multifd migration, as it was captured.
 *
 * @param compression plain, zlib, zstd, qpl, uadk or qatzip; plain when no packet with data came
 * @param syncs packets that end a round, which may hold pages too
 * @param deviceStates packets with device state instead of pages
 */
public record ChannelReport(long start, long end, boolean accountedFor, UUID uuid, int channel, String compression,
        long packets, long syncs,
        long deviceStates, long dataBytes, List<Block> blocks, List<Finding> findings) implements Report {

    public ChannelReport {
        blocks = List.copyOf(blocks);
        findings = List.copyOf(findings);
    }

    /** How many pages of a RAM block came over a channel. */
    public record Block(String name, long normal, long zero) {}
}
