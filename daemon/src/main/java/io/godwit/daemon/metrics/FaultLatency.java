package io.godwit.daemon.metrics;

import io.godwit.engine.migration.FaultCounts;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.Supplier;

/**
 * How long a guest waited for its pages. The engine counts in buckets of its own, as a fault must not wait for a meter; they are
 * read here when somebody scrapes.
 */
public final class FaultLatency implements Collector {
    private static final String NAME = "godwit_migration_fault_seconds";
    private static final double SMALLEST_SECONDS = 1e-6;

    private final Labels labels;
    private final Supplier<FaultCounts> counts;

    /** @param counts asked once a scrape */
    public FaultLatency(String guest, Supplier<FaultCounts> counts) {
        labels = Labels.of("guest", guest);
        this.counts = counts;
    }

    @Override
    public HistogramSnapshot collect() {
        FaultCounts now = counts.get();
        return HistogramSnapshot.builder().name(NAME).help("How long the guest waited for pages that were asked for")
                .dataPoint(HistogramDataPointSnapshot.builder().labels(labels).sum(now.servedNanos() / 1e9)
                        .classicHistogramBuckets(buckets(now.served())).build())
                .build();
    }

    /** Each reaches twice as far as the one before. */
    private static ClassicHistogramBuckets buckets(List<Long> served) {
        var buckets = ClassicHistogramBuckets.builder();
        double bound = SMALLEST_SECONDS;
        for (int i = 0; i < served.size() - 1; i++) {
            buckets.bucket(bound, served.get(i));
            bound *= 2;
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, served.isEmpty() ? 0 : served.getLast()).build();
    }
}
