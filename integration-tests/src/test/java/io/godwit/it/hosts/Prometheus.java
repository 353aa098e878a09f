package io.godwit.it.hosts;

import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.DoublePredicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The HTTP API of a Prometheus on another host. Owns its client. */
final class Prometheus implements AutoCloseable {
    static final int PORT = 9090;
    private static final JsonMapper JSON = new JsonMapper();

    private final Host host;
    private final HttpClient http = HttpClient.newHttpClient();

    Prometheus(Host host) {
        this.host = host;
    }

    /** Waits until an expression that has one value has such a one. */
    void awaitValue(String expression, DoublePredicate wanted) {
        var last = new JsonNode[1];
        try {
            Until.holds(expression + " has the wanted value", () -> {
                last[0] = get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
                JsonNode vector = last[0].at("/data/result");
                return vector.size() == 1 && wanted.test(Double.parseDouble(vector.at("/0/value/1").asString()));
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; last answer: " + last[0], e);
        }
    }

    void awaitValue(String expression, double wanted) {
        awaitValue(expression, value -> value == wanted);
    }

    /** How each of its rules is: {@code unknown} before it was evaluated, then {@code ok} or {@code err}. */
    List<String> ruleHealth() {
        return get("/api/v1/rules").at("/data/groups").valueStream().flatMap(group -> group.path("rules").valueStream())
                .map(rule -> rule.path("health").asString()).toList();
    }

    private JsonNode get(String path) {
        return Until.present("Prometheus answers", () -> tryGet(path));
    }

    private Optional<JsonNode> tryGet(String path) {
        var uri = URI.create("http://" + host.address() + ":" + PORT + path);
        try {
            HttpResponse<String> answer = http.send(HttpRequest.newBuilder(uri).build(),
                    HttpResponse.BodyHandlers.ofString());
            return Optional.of(answer).filter(got -> got.statusCode() == 200).map(got -> JSON.readTree(got.body()));
        } catch (ConnectException notYet) {
            return Optional.empty();
        } catch (IOException e) {
            throw new AssertionError("asking " + uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while asking " + uri, e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
