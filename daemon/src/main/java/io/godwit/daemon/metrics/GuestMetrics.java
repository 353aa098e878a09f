package io.godwit.daemon.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.BooleanSupplier;

/** A guest: what it has, and whether it runs. */
public final class GuestMetrics implements MeterBinder {
    private final Tags tags;
    private final long memoryBytes;
    private final BooleanSupplier running;

    /**
     * @param running asked on every scrape
     */
    public GuestMetrics(String guest, long memoryBytes, BooleanSupplier running) {
        this.tags = Tags.of("guest", guest);
        this.memoryBytes = memoryBytes;
        this.running = running;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("godwit.guest.memory", () -> memoryBytes).tags(tags).baseUnit("bytes")
                .description("RAM of the guest; of a held one the most that may arrive").register(registry);
        Gauge.builder("godwit.guest.running", () -> running.getAsBoolean() ? 1 : 0).tags(tags)
                .description("1 while the guest's vCPUs run, else 0").register(registry);
    }
}
