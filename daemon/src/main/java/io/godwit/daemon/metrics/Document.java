package io.godwit.daemon.metrics;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Something that can be got over HTTP.
 *
 * @param type its media type
 * @param headers that it comes with besides
 * @param text asked at each request, on the server's thread
 */
record Document(String type, Map<String, String> headers, Supplier<String> text) {
    private static final String PLAIN = "text/plain; charset=utf-8";
    /** The Prometheus text format, as its exposition-format document names it. */
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    Document {
        headers = Map.copyOf(headers);
    }

    static Document plain(String text) {
        return new Document(PLAIN, Map.of(), () -> text);
    }

    static Document metrics(Supplier<String> scrape) {
        return new Document(PROMETHEUS, Map.of(), scrape);
    }

    byte[] bytes() {
        return text.get().getBytes(StandardCharsets.UTF_8);
    }
}
