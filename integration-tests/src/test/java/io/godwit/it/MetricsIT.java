package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a scraper sees of a daemon. */
class MetricsIT extends MigrationTest {

    @Test
    void showTheBytesOfAFinishedMigration() throws IOException, InterruptedException {
        int port = freePort();
        DaemonProcess source = daemon("source", GuestOptions.workload().with("--metrics", "127.0.0.1:" + port));
        migrate(source, "file:" + directory().resolve("stream"));
        long transferred = source.qmp().awaitMigration(COMPLETED).at("/ram/transferred").asLong();

        HttpResponse<String> scrape = get(port, "/metrics");

        assertThat(scrape.statusCode()).isEqualTo(200);
        assertThat(samples(scrape.body())
                .filter(line -> line.startsWith("godwit_migration_bytes_total{") && line.contains("direction=\"sent\""))
                .mapToDouble(MetricsIT::value)).containsExactly((double) transferred);
        assertThat(scrape.body()).contains("# HELP godwit_", "# TYPE godwit_", "guest=\"source\"");
    }

    @Test
    void showHowLongAGuestWaitedForItsPages() throws IOException, InterruptedException {
        int sourcePort = freePort();
        int port = freePort();
        GuestOptions guest = GuestOptions.workload();
        DaemonProcess source = daemon("source", guest.with("--metrics", "127.0.0.1:" + sourcePort));
        DaemonProcess destination = daemon("destination", guest.incoming().with("--metrics", "127.0.0.1:" + port));
        for (DaemonProcess side : List.of(source, destination)) {
            side.qmp().setCapabilities("postcopy-ram", "postcopy-blocktime");
        }
        source.qmp().setParameter("max-postcopy-bandwidth", 1 << 20);
        migrate(source, destination.listen(unixUri("wire")));
        source.qmp().execute("migrate-start-postcopy");
        Until.holds("the guest has asked for a page",
                () -> source.qmp().queryMigrate().at("/ram/postcopy-requests").asLong() > 0);
        source.qmp().setParameter("max-postcopy-bandwidth", 0);
        source.qmp().awaitMigration(COMPLETED);
        JsonNode arrived = destination.qmp().awaitMigration(COMPLETED);

        String sent = get(sourcePort, "/metrics").body();
        String waited = get(port, "/metrics").body();

        double requests = sample(waited, "godwit_migration_fault_requests_total{");
        assertThat(requests).isPositive().isEqualTo(sample(sent, "godwit_migration_postcopy_requests_total{"));
        assertThat(sample(waited, "godwit_migration_fault_seconds_count{")).isEqualTo(requests);
        assertThat(sample(waited, "godwit_migration_fault_seconds_sum{")).isPositive();
        assertThat(sample(waited, "godwit_migration_faults_total{")).isGreaterThanOrEqualTo(requests);
        assertThat(sample(sent, "godwit_migration_postcopy_request_seconds_count{")).isBetween(1.0, requests);
        double asked = samples(sent).filter(line -> line.contains("why=\"requested\"")).mapToDouble(MetricsIT::value)
                .sum();
        assertThat(asked).isBetween(1.0, requests);
        assertThat(samples(sent).filter(line -> line.contains("why=\"pushed\"")).mapToDouble(MetricsIT::value).sum())
                .isGreaterThan(asked);
        assertThat(arrived.get("postcopy-vcpu-blocktime").size())
                .isEqualTo(destination.qmp().execute("query-cpus-fast").size());
        assertThat(arrived.get("postcopy-blocktime").asLong()).isLessThanOrEqualTo(arrived
                .get("postcopy-vcpu-blocktime").valueStream().mapToLong(JsonNode::asLong).max().orElseThrow());
        assertThat(source.qmp().queryMigrate().has("postcopy-blocktime")).isFalse();
    }

    private static double sample(String body, String name) {
        return samples(body).filter(line -> line.startsWith(name)).mapToDouble(MetricsIT::value).sum();
    }

    @Test
    void sayThatTheDaemonIsHealthy() throws IOException, InterruptedException {
        int port = freePort();
        DaemonProcess source = daemon("source", GuestOptions.workload().with("--metrics", "127.0.0.1:" + port));
        source.qmp();

        assertThat(get(port, "/healthz").statusCode()).isEqualTo(200);
        assertThat(get(port, "/secrets").statusCode()).isEqualTo(404);
    }

    @Test
    void areNotServedUnlessAskedFor() throws IOException { // by a daemon without a rehearsal, which listens, too
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp();

        // State 0A is LISTEN; the daemon's table is this test's too, so the sockets' inodes tell whose they are.
        for (String table : new String[]{"tcp", "tcp6"}) {
            try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(source.pid()), "net", table))) {
                assertThat(lines.skip(1).map(line -> line.strip().split(" +")).filter(fields -> fields[3].equals("0A"))
                        .map(fields -> "socket:[" + fields[9] + "]")).doesNotContainAnyElementsOf(source.sockets());
            }
        }
    }

    private static HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static Stream<String> samples(String body) {
        return body.lines().filter(line -> !line.startsWith("#"));
    }

    private static double value(String sample) {
        return Double.parseDouble(sample.substring(sample.lastIndexOf(' ') + 1));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
