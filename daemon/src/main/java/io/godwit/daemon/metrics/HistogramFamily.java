package io.godwit.daemon.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The histograms of all guests that have one name: Prometheus wants them as one metric. */
final class HistogramFamily implements MultiCollector {
    private final List<LatencyHistogram> members = new CopyOnWriteArrayList<>();

    void add(LatencyHistogram member) {
        members.add(member);
    }

    void forget(String guest) {
        members.removeIf(member -> member.isOf(guest));
    }

    @Override
    public MetricSnapshots collect() {
        if (members.isEmpty()) {
            return MetricSnapshots.of();
        }
        var all = HistogramSnapshot.builder();
        for (LatencyHistogram member : members) {
            HistogramSnapshot one = member.collect();
            all.name(one.getMetadata().getName()).help(one.getMetadata().getHelp());
            one.getDataPoints().forEach(all::dataPoint);
        }
        return MetricSnapshots.of(all.build());
    }
}
