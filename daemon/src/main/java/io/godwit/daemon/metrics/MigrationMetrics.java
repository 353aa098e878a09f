package io.godwit.daemon.metrics;

import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.protocol.qapi.MigrationStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** A guest's migrations, out and in. Counters grow over all of them; gauges show the present or the last one. */
public final class MigrationMetrics implements MeterBinder {
    private static final int PAGE_BYTES = 4096;
    private static final double NANOS = 1e9;

    private final Tags guest;
    private final Supplier<MigrationStatistics> statistics;

    /**
     * @param statistics asked once per meter and scrape: must be cheap and never ask the guest
     */
    public MigrationMetrics(String guest, Supplier<MigrationStatistics> statistics) {
        this.guest = Tags.of("guest", guest);
        this.statistics = statistics;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bindOutcomes(registry);
        bindBytes(registry);
        bindPages(registry);
        bindDeltas(registry);
        bindPostcopy(registry);
        bindProgress(registry);
        bindTimes(registry);
    }

    private void bindOutcomes(MeterRegistry registry) {
        for (var status : MigrationStatus.values()) {
            gauge("godwit.migration.status", s -> s.status() == status ? 1 : 0,
                    "1 for the status that query-migrate shows, 0 for the others")
                    .tag("status", status.qapiName()).register(registry);
        }
        migrations(registry, "completed", MigrationStatistics::migrationsCompleted);
        migrations(registry, "failed", MigrationStatistics::migrationsFailed);
        migrations(registry, "cancelled", MigrationStatistics::migrationsCancelled);
    }

    private void migrations(MeterRegistry registry, String outcome, ToDoubleFunction<MigrationStatistics> count) {
        counter("godwit.migrations", count, "Migrations that have ended").tag("outcome", outcome).register(registry);
    }

    private void bindBytes(MeterRegistry registry) {
        bytes(registry, "sent", MigrationStatistics::transferredBytes);
        bytes(registry, "received", MigrationStatistics::receivedBytes);
        pageBytes(registry, "sent", MigrationStatistics::normalPages);
        pageBytes(registry, "received", MigrationStatistics::receivedNormalPages);
    }

    private void bytes(MeterRegistry registry, String direction, ToDoubleFunction<MigrationStatistics> count) {
        counter("godwit.migration", count, "All bytes on migration channels").baseUnit("bytes")
                .tag("direction", direction).register(registry);
    }

    private void pageBytes(MeterRegistry registry, String direction, ToDoubleFunction<MigrationStatistics> pages) {
        counter("godwit.migration.page", s -> pages.applyAsDouble(s) * PAGE_BYTES,
                "Bytes that were content of pages; the rest of the channel's bytes are headers and device state")
                .baseUnit("bytes").tag("direction", direction).register(registry);
    }

    private void bindPages(MeterRegistry registry) {
        pages(registry, "sent", "normal", MigrationStatistics::normalPages);
        pages(registry, "sent", "zero", MigrationStatistics::zeroPages);
        pages(registry, "sent", "untouched", MigrationStatistics::untouchedPages);
        pages(registry, "sent", "free", MigrationStatistics::hintedPages);
        pages(registry, "received", "normal", MigrationStatistics::receivedNormalPages);
        pages(registry, "received", "zero", MigrationStatistics::receivedZeroPages);
    }

    private void pages(MeterRegistry registry, String direction, String kind,
            ToDoubleFunction<MigrationStatistics> count) {
        counter("godwit.migration.pages", count,
                "Pages: normal with their content, zero as a mark, untouched and free not at all")
                .tag("direction", direction).tag("kind", kind).register(registry);
    }

    private void bindDeltas(MeterRegistry registry) {
        counter("godwit.migration.xbzrle", s -> s.deltas().bytes(),
                "Bytes that pages took which were found in the cache, those of overflows included").baseUnit("bytes")
                .register(registry);
        deltaPages(registry, "hit", DeltaCounts::pages);
        deltaPages(registry, "miss", DeltaCounts::misses);
        deltaPages(registry, "overflow", DeltaCounts::overflows);
    }

    private void deltaPages(MeterRegistry registry, String outcome, ToDoubleFunction<DeltaCounts> count) {
        counter("godwit.migration.xbzrle.pages", s -> count.applyAsDouble(s.deltas()),
                "Pages looked for in the cache; an overflow is a hit that has changed too much, and is sent as it is")
                .tag("outcome", outcome).register(registry);
    }

    private void bindPostcopy(MeterRegistry registry) {
        counter("godwit.migration.postcopy.requests", MigrationStatistics::postcopyRequests,
                "How often destinations of postcopy have asked for pages").register(registry);
        postcopyPages(registry, "requested", MigrationStatistics::postcopyRequestedPages);
        postcopyPages(registry, "pushed", s -> s.postcopyPages() - s.postcopyRequestedPages());
        counter("godwit.migration.faults", s -> s.faults().faults(),
                "Faults of a guest that runs before its RAM has come").register(registry);
        counter("godwit.migration.fault.requests", s -> s.faults().requests(),
                "Pages that this guest was made to wait for, and that were asked for").register(registry);
    }

    private void postcopyPages(MeterRegistry registry, String why, ToDoubleFunction<MigrationStatistics> pages) {
        counter("godwit.migration.postcopy.pages", pages,
                "Pages sent after the guest was given away, because they were asked for or in their turn")
                .tag("why", why).register(registry);
    }

    private void bindProgress(MeterRegistry registry) {
        counter("godwit.migration.passes", MigrationStatistics::passes, "Passes over RAM begun").register(registry);
        gauge("godwit.migration.remaining", MigrationStatistics::remainingBytes, "Bytes of RAM still to send")
                .baseUnit("bytes").register(registry);
        gauge("godwit.migration.dirty.bytes.per.second", s -> (double) s.dirtyPagesPerSecond() * PAGE_BYTES,
                "How fast the guest dirties RAM in the present pass, or while that is young did in the one before")
                .register(registry);
        gauge("godwit.migration.throttle.ratio", s -> s.throttlePercent() / 100.0,
                "Part of the vCPUs' time that auto-converge takes away, 0 to 1").register(registry);
    }

    private void bindTimes(MeterRegistry registry) {
        seconds(registry, "godwit.migration.expected.downtime", MigrationStatistics::expectedDowntimeNanos,
                "How long the guest would stand still if it were stopped now");
        seconds(registry, "godwit.migration.downtime", MigrationStatistics::downtimeNanos,
                "How long the guest stood still in the last migration");
        seconds(registry, "godwit.migration.duration", MigrationStatistics::totalTimeNanos,
                "How long the present or last migration has taken");
    }

    private void seconds(MeterRegistry registry, String name, ToDoubleFunction<MigrationStatistics> nanos,
            String description) {
        gauge(name, s -> nanos.applyAsDouble(s) / NANOS, description).baseUnit("seconds").register(registry);
    }

    private Gauge.Builder<Supplier<Number>> gauge(String name, ToDoubleFunction<MigrationStatistics> value,
            String description) {
        return Gauge.builder(name, () -> (Number) value.applyAsDouble(statistics.get())).tags(guest)
                .description(description);
    }

    private FunctionCounter.Builder<Supplier<MigrationStatistics>> counter(String name,
            ToDoubleFunction<MigrationStatistics> value, String description) {
        return FunctionCounter.builder(name, statistics, s -> value.applyAsDouble(s.get())).tags(guest)
                .description(description);
    }
}
