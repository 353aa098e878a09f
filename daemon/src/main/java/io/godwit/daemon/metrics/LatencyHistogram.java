package io.godwit.daemon.metrics;

import io.godwit.engine.migration.LatencyCounts;
import io.godwit.engine.migration.MigrationStatistics;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.Supplier;

/**
 * How long something takes in the engine, which counts in buckets of its own, as a fault must not wait for a meter; they are read
 * here when somebody scrapes.
 */
public final class LatencyHistogram {
    private static final double SMALLEST_SECONDS = 1e-6;

    private final String name;
    private final String help;
    private final String guest;
    private final Labels labels;
    private final Supplier<LatencyCounts> counts;

    /** @param counts asked once a scrape */
    private LatencyHistogram(String name, String help, String guest, Supplier<LatencyCounts> counts) {
        this.name = name;
        this.help = help;
        this.guest = guest;
        labels = Labels.of("guest", guest);
        this.counts = counts;
    }

    /** Those of a guest's migrations. {@code statistics} is asked once a scrape for each. */
    public static List<LatencyHistogram> of(String guest, Supplier<MigrationStatistics> statistics) {
        return List.of(
                new LatencyHistogram("godwit_migration_fault_seconds",
                        "How long the guest waited for pages that were asked for", guest,
                        () -> statistics.get().faults().served()),
                new LatencyHistogram("godwit_migration_postcopy_request_seconds",
                        "How long it took from a request of a page until it was written to the channel", guest,
                        () -> statistics.get().postcopyRequestsServed()));
    }

    /** That of a guest's writes to what its background snapshots had not copied yet. {@code counts} is asked once a scrape. */
    public static LatencyHistogram ofWriteFaults(String guest, Supplier<LatencyCounts> counts) {
        return new LatencyHistogram("godwit_snapshot_write_fault_seconds",
                "How long the guest's writes waited for a page's copy", guest, counts);
    }

    String name() {
        return name;
    }

    boolean isOf(String other) {
        return guest.equals(other);
    }

    HistogramSnapshot collect() {
        LatencyCounts now = counts.get();
        return HistogramSnapshot.builder().name(name).help(help)
                .dataPoint(HistogramDataPointSnapshot.builder().labels(labels).sum(now.nanos() / 1e9)
                        .classicHistogramBuckets(buckets(now.counts())).build())
                .build();
    }

    /** Each reaches twice as far as the one before. */
    private static ClassicHistogramBuckets buckets(List<Long> counts) {
        var buckets = ClassicHistogramBuckets.builder();
        double bound = SMALLEST_SECONDS;
        for (int i = 0; i < counts.size() - 1; i++) {
            buckets.bucket(bound, counts.get(i));
            bound *= 2;
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, counts.isEmpty() ? 0 : counts.getLast()).build();
    }
}
