package io.godwit.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsServerTest {
    private static final Map<String, Document> DOCUMENTS = Map.of("/metrics", Document.metrics(() -> "godwit_up 1\n"),
            "/healthz", Document.plain("ok\n"), "/dressed",
            new Document("a/b", Map.of("x-dress", "red"), () -> "a dress"));

    private MetricsServer server;

    @BeforeEach
    void listens() throws IOException {
        server = new MetricsServer(InetSocketAddress.createUnresolved("127.0.0.1", 0), DOCUMENTS);
    }

    @AfterEach
    void closes() {
        server.close();
    }

    @Test
    void servesTheScrapeInPrometheusFormat() throws Exception {
        var response = request("GET", "/metrics");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().get("content-type")).containsExactly("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body()).isEqualTo("godwit_up 1\n");
    }

    @Test
    void servesADocumentWithItsHeaders() throws Exception {
        var response = request("GET", "/dressed");

        assertThat(response.headers().get("content-type")).containsExactly("a/b");
        assertThat(response.headers().get("x-dress")).containsExactly("red");
        assertThat(response.body()).isEqualTo("a dress");
        assertThat(request("GET", "/other").body()).isEqualTo("only /dressed, /healthz, /metrics\n");
    }

    @ParameterizedTest
    @CsvSource({"GET,/healthz,200", "GET,/metrics?x=1,200", "GET,/,404", "GET,/metrics/more,404", "POST,/metrics,405",
            "DELETE,/healthz,405", "POST,/other,404"})
    void answersWithStatus(String method, String path, int status) throws Exception {
        assertThat(request(method, path).status()).isEqualTo(status);
    }

    @Test
    void namesTheAllowedMethod() throws Exception {
        assertThat(request("PUT", "/metrics").headers().get("allow")).containsExactly("GET");
    }

    @Test
    void refusesAHeaderThatIsTooLong() throws Exception {
        assertThat(raw("GET /metrics HTTP/1.1\r\nX: " + "x".repeat(10_000) + "\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void refusesABodyThatIsTooLong() throws Exception {
        assertThat(raw("GET /metrics HTTP/1.1\r\nContent-Length: 5000\r\n\r\n")).startsWith("HTTP/1.1 413 ");
    }

    @Test
    void answersRubbishWithBadRequest() throws Exception {
        assertThat(raw("\u0001\u0002 rubbish\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void closesConnectionsBeyondItsLimit() throws Exception {
        var open = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 64; i++) {
                open.add(connect());
            }
            try (var oneTooMany = connect()) {
                assertThat(oneTooMany.getInputStream().read()).isEqualTo(-1);
            }
            open.removeFirst().close();
            assertThat(statusOnceThereIsRoom()).isEqualTo(200);
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void saysWhyItCannotListen() {
        var taken = InetSocketAddress.createUnresolved("127.0.0.1", server.address().getPort());

        assertThatIOException().isThrownBy(() -> new MetricsServer(taken, DOCUMENTS))
                .withMessageStartingWith("Cannot serve metrics at 127.0.0.1:" + taken.getPort() + ": ")
                .withMessageContaining("Address already in use");
    }

    @Test
    void leavesNoThreadBehind() {
        server.close();
        server.close();

        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith("metrics-"));
    }

    private HttpAnswer request(String method, String path) throws IOException {
        return HttpAnswer.to(method, server.address(), path);
    }

    /** The server learns of a closed connection in its own time. */
    private int statusOnceThereIsRoom() throws IOException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (true) {
            try {
                return request("GET", "/healthz").status();
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    private String raw(String text) throws IOException {
        try (var socket = connect()) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
    }
}
