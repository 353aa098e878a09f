package io.godwit.protocol.qmp;

import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server says, and what a client asks, as bytes: each message is one line of ASCII that ends in CR LF, because libvirt
 * splits there and nowhere else.
 */
public final class QmpWriter {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private QmpWriter() {}

    /** The first line of a connection; {@code oob} is offered to everyone. */
    public static byte[] greeting(QmpVersion version) {
        ObjectNode message = NODES.objectNode();
        ObjectNode greeting = message.putObject("QMP");
        greeting.set("version", version.toJson());
        greeting.putArray("capabilities").add("oob");
        return line(message);
    }

    /** The answer of a command; one without a result returns {@code {}}. */
    public static byte[] success(JsonNode result, Optional<JsonNode> id) {
        ObjectNode message = NODES.objectNode();
        message.set("return", result);
        id.ifPresent(value -> message.set("id", value));
        return line(message);
    }

    public static byte[] error(QmpError error, Optional<JsonNode> id) {
        ObjectNode message = NODES.objectNode();
        id.ifPresent(value -> message.set("id", value));
        message.putObject("error").put("class", error.errorClass().qapiName()).put("desc", error.desc());
        return line(message);
    }

    /** Something that happened {@code at}; most events have data, some none. */
    public static byte[] event(String name, Optional<ObjectNode> data, Instant at) {
        ObjectNode message = NODES.objectNode();
        message.putObject("timestamp").put("seconds", at.getEpochSecond()).put("microseconds", at.getNano() / 1000);
        message.put("event", name);
        data.ifPresent(value -> message.set("data", value));
        return line(message);
    }

    /** A message that another server made, as it made it. */
    public static byte[] passedOn(ObjectNode message) {
        return line(message);
    }

    /** A client's request; with {@code outOfBand} it overtakes those before it. */
    public static byte[] request(String command, ObjectNode arguments, JsonNode id, boolean outOfBand) {
        ObjectNode message = NODES.objectNode().put(outOfBand ? "exec-oob" : "execute", command);
        if (!arguments.isEmpty()) {
            message.set("arguments", arguments);
        }
        message.set("id", id);
        return line(message);
    }

    private static byte[] line(JsonNode message) {
        var text = new JsonOutput();
        text.value(message);
        return text.line();
    }
}
