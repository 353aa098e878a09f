package io.godwit.daemon.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** QMP commands of a guest's monitors by name and outcome, with how long they took. Any thread may tell it. */
public final class QmpMetrics implements MeterBinder {
    private static final Duration[] BUCKETS = {Duration.ofNanos(100_000), Duration.ofMillis(1), Duration.ofMillis(10),
            Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10)};

    private final String guest;
    private final Map<List<String>, Timer> timers = new ConcurrentHashMap<>();
    private volatile @Nullable MeterRegistry registry;

    public QmpMetrics(String guest) {
        this.guest = guest;
    }

    @Override
    public void bindTo(MeterRegistry target) {
        registry = target;
    }

    /**
     * A command was answered.
     *
     * @param command its name, or {@code unknown}: a name that a client made up would be a meter that nobody wants
     * @param outcome {@code success} or the class of the error
     * @param nanos from the moment the command began to run
     */
    public void completed(String command, String outcome, long nanos) {
        var target = registry;
        if (target != null) {
            timers.computeIfAbsent(List.of(command, outcome), key -> timer(target, command, outcome)).record(nanos,
                    TimeUnit.NANOSECONDS);
        }
    }

    private Timer timer(MeterRegistry target, String command, String outcome) {
        return Timer.builder("godwit.qmp.command").tags(Tags.of("guest", guest, "command", command, "outcome", outcome))
                .description("QMP commands answered, and how long they took").serviceLevelObjectives(BUCKETS)
                .register(target);
    }
}
