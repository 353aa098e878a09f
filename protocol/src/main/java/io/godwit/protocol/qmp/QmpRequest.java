package io.godwit.protocol.qmp;

import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON value from a client, understood as a request: either one to be carried out or one to be refused. Whether the
 * session is negotiated, the command exists and its arguments are right is asked later, in this order.
 */
public sealed interface QmpRequest {

    /** The client's id, any JSON value, to be given back with the answer; absent when it sent none. */
    Optional<JsonNode> id();

    /** {@code execute}, or {@code exec-oob}: then it overtakes what waits. No arguments are an empty object. */
    record Execute(String command, ObjectNode arguments, Optional<JsonNode> id,
            boolean outOfBand) implements QmpRequest {}

    /** Not a request; this is the answer. */
    record Refused(QmpError error, Optional<JsonNode> id) implements QmpRequest {}

    /** Understands a value. {@code exec-oob} is a known member only in sessions that negotiated {@code oob}. */
    static QmpRequest of(JsonNode value, boolean oobNegotiated) {
        if (!(value instanceof ObjectNode object)) {
            return new Refused(QmpError.generic("QMP input must be a JSON object"), Optional.empty());
        }
        Optional<JsonNode> id = Optional.ofNullable(object.get("id"));
        try {
            for (Map.Entry<String, JsonNode> member : MemberOrder.of(object)) {
                check(member.getKey(), member.getValue(), oobNegotiated);
            }
            return execute(object, id);
        } catch (QmpException e) {
            return new Refused(e.error(), id);
        }
    }

    private static void check(String name, JsonNode value, boolean oobNegotiated) throws QmpException {
        boolean right = switch (name) {
            case "id" -> true;
            case "execute" -> value.isString();
            case "exec-oob" -> {
                if (!oobNegotiated) {
                    throw new QmpException("QMP input member 'exec-oob' is unexpected");
                }
                yield value.isString();
            }
            case "arguments" -> value.isObject();
            default -> throw new QmpException("QMP input member '" + name + "' is unexpected");
        };
        if (!right) {
            String type = name.equals("arguments") ? "an object" : "a string";
            throw new QmpException("QMP input member '" + name + "' must be " + type);
        }
    }

    private static QmpRequest execute(ObjectNode object, Optional<JsonNode> id) throws QmpException {
        JsonNode inBand = object.get("execute");
        JsonNode outOfBand = object.get("exec-oob");
        if (inBand != null && outOfBand != null) {
            throw new QmpException("QMP input member 'execute' clashes with 'exec-oob'");
        }
        ObjectNode arguments = object.get("arguments") instanceof ObjectNode given
                ? given
                : JsonNodeFactory.instance.objectNode();
        if (inBand != null) {
            return new Execute(inBand.stringValue(), arguments, id, false);
        }
        if (outOfBand != null) {
            return new Execute(outOfBand.stringValue(), arguments, id, true);
        }
        throw new QmpException("QMP input lacks member 'execute'");
    }
}
