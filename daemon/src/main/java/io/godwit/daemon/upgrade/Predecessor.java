package io.godwit.daemon.upgrade;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The process whose place this one takes, and what it has given. Owns what of that has not been taken yet. One thread. */
public final class Predecessor implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A guest may take long to come, and after it the last word comes at once. */
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(1);

    private final Link link;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    private Predecessor(Link link) {
        this.link = link;
    }

    /**
     * Says hello and takes what there is.
     *
     * @param socket where it waits
     */
    public static Predecessor call(Path socket, String version) throws IOException {
        var predecessor = new Predecessor(connect(socket));
        try {
            predecessor.receive(version);
            return predecessor;
        } catch (IOException | RuntimeException e) {
            predecessor.close();
            throw e;
        }
    }

    /** Tells one that waits that its successor cannot be; does nothing where none waits. */
    public static void refuse(Path socket, String reason) {
        try (Link link = connect(socket)) {
            link.refuse(reason);
        } catch (IOException nobody) {
            // Then nobody is interested.
        }
    }

    private static Link connect(Path socket) throws IOException {
        try (var never = new EventFd(); var poll = new Poll(never)) {
            return new Link(StreamSocket.connect(new StreamAddress.Unix(socket), poll, PATIENCE.toMillis()));
        }
    }

    private void receive(String version) throws IOException {
        link.send("hello", JsonNodeFactory.instance.objectNode().put("version", version), List.of());
        JsonNode list = link.expect("inheritance", PATIENCE).path("parts");
        List<Fd> descriptors = link.takeDescriptors();
        int used = 0;
        try {
            for (JsonNode each : list) {
                int count = each.path("descriptors").asInt(-1);
                if (count < 0 || count > descriptors.size() - used
                        || !(each.path("data") instanceof ObjectNode data)) {
                    throw new IOException("part '%s' has %d descriptors, %d are left".formatted(
                            each.path("name").asString(""), count, descriptors.size() - used));
                }
                parts.put(each.path("name").asString(""), new Part(data, descriptors.subList(used, used + count)));
                used += count;
            }
            if (used < descriptors.size()) {
                throw new IOException("%d descriptors came, %d belong to a part".formatted(descriptors.size(), used));
            }
        } catch (IOException e) {
            descriptors.subList(used, descriptors.size()).forEach(Fd::close);
            throw e;
        }
    }

    /** A part, if there is one; the caller owns its descriptors then. */
    public Optional<Part> take(String name) {
        return Optional.ofNullable(parts.remove(name));
    }

    /**
     * Everything has been taken, and can be used: says so.
     *
     * @throws IOException when there is something that nobody here knows: it would be lost
     */
    public void ready() throws IOException {
        if (!parts.isEmpty()) {
            throw new IOException("this version does not know what to do with " + String.join(", ", parts.keySet()));
        }
        link.send("ready");
    }

    /** Waits for the last word. */
    public void awaitGo() throws IOException {
        link.expect("go", AS_LONG_AS_IT_TAKES);
    }

    /** Says why it comes to nothing. */
    public void refuse(String reason) {
        link.refuse(reason);
    }

    @Override
    public void close() {
        parts.values().forEach(part -> part.descriptors().forEach(Fd::close));
        parts.clear();
        link.close();
    }
}
