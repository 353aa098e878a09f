package io.godwit.inspect;

import java.util.List;

/** The connection of a postcopy that pages go over which were asked for, as it was captured. */
public record PreemptReport(long start, long end, boolean accountedFor, List<ChannelReport.Block> blocks,
        List<Finding> findings) implements Report {

    public PreemptReport {
        blocks = List.copyOf(blocks);
        findings = List.copyOf(findings);
    }
}
