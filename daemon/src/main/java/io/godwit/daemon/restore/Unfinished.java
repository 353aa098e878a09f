package io.godwit.daemon.restore;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.restore.RestoreOptions;
import io.godwit.protocol.qapi.RestoreOrder;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A restore that has begun, as another process needs it to go on with it.
 *
 * @param identity of the file when it began
 * @param memoryPageBytes as in {@link RestoreOptions}
 */
record Unfinished(String id, RestoreRequest request, String identity, Map<String, Long> memoryPageBytes) {

    Unfinished {
        memoryPageBytes = Map.copyOf(memoryPageBytes);
    }

    RestoreOptions options() {
        return new RestoreOptions(request.preempt(), request.order(), memoryPageBytes, request.mapped());
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", id).put("file", request.file().toString())
                .put("identity", identity).put("uri", request.uri());
        switch (request.to()) {
            case Endpoint.Unix(Path path) -> json.putObject("to").put("path", path.toString());
            case Endpoint.Tcp(String host, int port) -> json.putObject("to").put("host", host).put("port", port);
            case Endpoint.Exec _,Endpoint.File _,Endpoint.Descriptor _,Endpoint.Secured _ ->
                throw new IllegalArgumentException("no way back from " + request.to());
        }
        request.qmp().ifPresent(qmp -> json.put("qmp", qmp.toString()));
        json.put("preempt", request.preempt()).put("order", request.order().name()).put("mapped",
                request.mapped());
        ObjectNode pages = json.putObject("memory-pages");
        memoryPageBytes.forEach(pages::put);
        return json;
    }

    static Unfinished of(JsonNode json) throws IOException {
        try {
            JsonNode to = json.path("to");
            Endpoint endpoint = to.has("path")
                    ? new Endpoint.Unix(Path.of(to.path("path").asString("")))
                    : new Endpoint.Tcp(text(to, "host"), to.path("port").asInt(0));
            var pages = new HashMap<String, Long>();
            json.path("memory-pages").forEachEntry((name, bytes) -> pages.put(name, bytes.asLong(0)));
            var request = new RestoreRequest(Path.of(text(json, "file")), text(json, "uri"), endpoint,
                    Optional.ofNullable(json.path("qmp").asString(null)).map(Path::of),
                    json.path("preempt").asBoolean(false), RestoreOrder.valueOf(text(json, "order")),
                    json.path("mapped").asBoolean(false), false);
            return new Unfinished(text(json, "id"), request, text(json, "identity"), pages);
        } catch (InvalidPathException e) {
            throw new IOException("'" + e.getInput() + "' is no path", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
    }

    private static String text(JsonNode json, String member) throws IOException {
        String value = json.path(member).asString("");
        if (value.isEmpty()) {
            throw new IOException("'" + member + "' is missing");
        }
        return value;
    }
}
