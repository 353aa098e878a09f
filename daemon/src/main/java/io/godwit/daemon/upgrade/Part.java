package io.godwit.daemon.upgrade;

import io.godwit.engine.linux.Fd;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What one holding is to the process that goes on with it: what can be said of it, and its descriptors. */
public record Part(ObjectNode data, List<Fd> descriptors) {

    public Part {
        descriptors = List.copyOf(descriptors);
    }

    /** One of which nothing needs to be said. */
    public static Part of(List<Fd> descriptors) {
        return new Part(JsonNodeFactory.instance.objectNode(), descriptors);
    }
}
