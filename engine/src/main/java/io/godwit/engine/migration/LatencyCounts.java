package io.godwit.engine.migration;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How long things took, at one moment.
 *
 * @param nanos all of them together
 * @param counts how many took less than 1, 2, 4, ... microseconds and not less than the one before; the last number is that of
 *     all others; empty when there were none
 */
public record LatencyCounts(long nanos, List<Long> counts) {
    /** Nothing has happened. */
    public static final LatencyCounts NONE = new LatencyCounts(0, List.of());

    public LatencyCounts {
        counts = List.copyOf(counts);
    }

    /** All of both. */
    public LatencyCounts plus(LatencyCounts other) {
        if (counts.isEmpty() || other.counts.isEmpty()) {
            return counts.isEmpty() ? other : this;
        }
        return new LatencyCounts(nanos + other.nanos,
                IntStream.range(0, counts.size()).mapToObj(i -> counts.get(i) + other.counts.get(i)).toList());
    }
}
