package io.godwit.daemon.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** The daemon itself: JVM, descriptors, processor time. Where Micrometer has a name for it, that one, so that dashboards fit. */
final class ProcessMetrics implements MeterBinder {

    @Override
    public void bindTo(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            bindCollector(collector, registry);
        }
        // Micrometer's own has nanoseconds, which is no base unit.
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        FunctionCounter.builder("process.cpu", system, s -> s.getProcessCpuTime() / 1e9).baseUnit("seconds")
                .description("Processor time used, user and system").register(registry);
    }

    /** Micrometer's JvmGcMetrics would need a notification listener per collector, and shows a pause only after the first. */
    private static void bindCollector(GarbageCollectorMXBean collector, MeterRegistry registry) {
        FunctionTimer.builder("jvm.gc.collection", collector, GarbageCollectorMXBean::getCollectionCount,
                GarbageCollectorMXBean::getCollectionTime, TimeUnit.MILLISECONDS).tag("gc", collector.getName())
                .description("Garbage collections, and how long they took").register(registry);
    }
}
