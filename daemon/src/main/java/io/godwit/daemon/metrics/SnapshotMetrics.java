package io.godwit.daemon.metrics;

import io.godwit.engine.migration.WriteFaults;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Supplier;

/** What a guest's background snapshots cost it: how long its writes waited. */
public final class SnapshotMetrics implements MeterBinder {
    private static final double NANOS = 1e9;
    private static final double MICROS = 1e6;

    private final Tags guest;
    private final Supplier<WriteFaults> faults;

    /** @param faults asked once per meter and scrape: must be cheap and never ask the guest */
    public SnapshotMetrics(String guest, Supplier<WriteFaults> faults) {
        this.guest = Tags.of("guest", guest);
        this.faults = faults;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        int buckets = faults.get().below().size();
        for (int power = 0; power < buckets; power++) {
            int index = power;
            String below = power == buckets - 1 ? "+Inf" : "%.6f".formatted((1L << power) / MICROS);
            FunctionCounter.builder("godwit.snapshot.write.faults", faults, all -> all.get().below().get(index))
                    .tags(guest).tag("below", below)
                    .description(
                            "Writes that waited for a page's copy, by the power of two of microseconds below which")
                    .register(registry);
        }
        FunctionCounter.builder("godwit.snapshot.write.fault.time", faults, all -> all.get().nanos() / NANOS)
                .tags(guest).baseUnit("seconds").description("How long they waited, all of them together")
                .register(registry);
        Gauge.builder("godwit.snapshot.write.fault.longest", () -> faults.get().longestNanos() / NANOS).tags(guest)
                .baseUnit("seconds").description("How long the one waited that waited longest").register(registry);
    }
}
