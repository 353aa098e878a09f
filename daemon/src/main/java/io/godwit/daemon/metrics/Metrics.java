package io.godwit.daemon.metrics;

import io.godwit.engine.linux.Fd;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Owns the registry and the HTTP server that it is read from, by Prometheus and, as a page, by people. */
public final class Metrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MetricsServer server;
    private volatile Supplier<String> status = () -> "{\"guests\":[]}";
    private final Map<String, HistogramFamily> histograms = new ConcurrentHashMap<>();

    /**
     * Listens at once; what is bound later shows up in later scrapes.
     *
     * @param address resolved here; port 0 finds a free one
     */
    public Metrics(InetSocketAddress address) throws IOException {
        bind(new ProcessMetrics());
        try {
            server = new MetricsServer(address, documents());
        } catch (IOException | RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    /**
     * Takes over a socket at which another process of the same daemon serves, and goes on to until this one is to
     * {@link #serve}. Takes ownership of the descriptor.
     */
    @SuppressWarnings("exports") // Fd is exported to this module only, as is this package to nobody.
    public Metrics(Fd listening) throws IOException {
        bind(new ProcessMetrics());
        try {
            server = new MetricsServer(listening, documents());
        } catch (IOException | RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    private Map<String, Document> documents() {
        return Map.of("/", StatusPage.read(), "/status.json",
                new Document("application/json", StatusPage.PRIVATE, () -> status.get()), "/metrics",
                Document.metrics(registry::scrape), "/healthz", Document.plain("ok\n"));
    }

    /**
     * Shows how the guests are at {@code /status.json}; before that, that there are none.
     *
     * @param json asked at each look, on the server's thread: must be cheap, and must not wait for a guest
     */
    public void show(Supplier<String> json) {
        status = json;
    }

    /** The socket, lent: another process may listen at it, too. */
    @SuppressWarnings("exports") // As above.
    public Fd listening() {
        return server.listening();
    }

    /** Starts to answer at a socket that was taken over. */
    public void serve() {
        server.serve();
    }

    /** Accepts nobody any more: the socket is another process's. */
    public void leave() {
        server.leave();
    }

    public void bind(MeterBinder subject) {
        subject.bindTo(registry);
    }

    /** A subject that keeps its numbers itself, in a shape that Micrometer has no meter for. */
    public void bind(LatencyHistogram subject) {
        histograms.computeIfAbsent(subject.name(), name -> {
            var family = new HistogramFamily();
            registry.getPrometheusRegistry().register(family);
            return family;
        }).add(subject);
    }

    /** A guest has gone: nothing of it is shown from here on. */
    public void forget(String guest) {
        for (Meter meter : registry.getMeters()) {
            if (guest.equals(meter.getId().getTag("guest"))) {
                registry.remove(meter);
            }
        }
        histograms.values().forEach(family -> family.forget(guest));
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
