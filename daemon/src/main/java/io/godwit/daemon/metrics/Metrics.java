package io.godwit.daemon.metrics;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Owns the registry and the HTTP server that it is read from. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MetricsServer server;

    /**
     * Listens at once; what is bound later shows up in later scrapes.
     *
     * @param address resolved here; port 0 finds a free one
     */
    public Metrics(InetSocketAddress address) throws IOException {
        bind(new ProcessMetrics());
        try {
            server = new MetricsServer(address, registry::scrape);
        } catch (IOException | RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    public void bind(MeterBinder subject) {
        subject.bindTo(registry);
    }

    /** A subject that keeps its numbers itself, in a shape that Micrometer has no meter for. */
    public void bind(Collector subject) {
        registry.getPrometheusRegistry().register(subject);
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
        registry.close();
    }
}
