package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.ControlledDaemon;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresChromium;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page at {@code /} of the metrics listener, of a daemon with a guest that migrates and one that does not. */
class StatusPageIT {

    @TempDir
    private Path directory;

    private ControlledDaemon daemon;
    private QmpClient moving;
    private String page;

    @BeforeEach
    void aGuestMigratesSlowly() throws IOException {
        int port = freePort();
        page = "http://127.0.0.1:" + port + "/";
        daemon = ControlledDaemon.start(directory, "--metrics", "127.0.0.1:" + port);
        daemon.add("moving", Map.of());
        daemon.add("<b>idle</b>", Map.of("qmp", List.of("unix:" + directory.resolve("idle.qmp"))));
        moving = daemon.monitor("moving");
        moving.setParameter("max-bandwidth", 65536);
        moving.execute("migrate", Map.of("uri", "exec:cat >/dev/null"));
        moving.awaitMigration(ACTIVE);
    }

    @AfterEach
    void ends() {
        moving.close();
        daemon.close();
    }

    @Test
    void tellsOfEachGuestWhatItsMonitorTells() throws IOException, InterruptedException {
        JsonNode before = moving.queryMigrate();
        JsonNode guests = JsonMapper.builder().build().readTree(get("status.json").body()).path("guests");
        JsonNode after = moving.queryMigrate();

        assertThat(guests).extracting(guest -> guest.path("name").asString()).containsExactly("moving", "<b>idle</b>");
        JsonNode guest = guests.get(0);
        JsonNode shown = guest.path("migration-info");
        assertThat(guest.path("status").asString()).isEqualTo(moving.runState());
        assertThat(shown.path("status").asString()).isEqualTo(after.path("status").asString()).isEqualTo("active");
        assertThat(shown.at("/ram/total")).isEqualTo(after.at("/ram/total"));
        for (String grows : new String[]{"/ram/transferred", "/ram/normal", "/total-time"}) {
            assertThat(shown.at(grows).asLong()).as(grows).isBetween(before.at(grows).asLong(),
                    after.at(grows).asLong());
        }
        assertThat(guest.at("/jobs/0/type").asString()).isEqualTo("migrate");
        assertThat(guests.get(1).path("jobs")).isEmpty();
        assertThat(guests.get(1).path("migration-info")).isEmpty();
    }

    @Test
    void servesThePageBesideTheMetrics() throws IOException, InterruptedException {
        HttpResponse<String> answer = get("");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-security-policy").orElseThrow())
                .startsWith("default-src 'none'; script-src 'sha256-");
        assertThat(get("metrics").body()).contains("guest=\"moving\"");
    }

    @Test
    @RequiresChromium
    void aBrowserShowsGuestsAndNumbers() {
        String total = "%.1f MiB".formatted(moving.queryMigrate().at("/ram/total").asLong() / (double) (1 << 20));

        String shown = Programs.require("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                "--user-data-dir=" + directory.resolve("browser"), "--virtual-time-budget=4000", "--dump-dom", page);

        assertThat(shown).contains("<h2>moving</h2>", "<h2>&lt;b&gt;idle&lt;/b&gt;</h2>", "2 guest(s), 1 job(s)",
                "migration: active", "<dt>total</dt><dd>" + total + "</dd>");
        // Several looks: the chart has as many points.
        assertThat(shown)
                .containsPattern(Pattern.compile("<polyline class=\"sent\" points=\"[0-9.]+,[0-9.]+ [0-9.]+,"));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(page + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
