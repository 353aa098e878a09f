package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A type whose values are JSON objects. A union and its variant share one object, so members are read one struct after
 * the other and only at the end is asked what is left over.
 */
public abstract sealed class StructType<T> implements QapiType<T> permits ObjectType, UnionType {
    private final String name;

    StructType(String name) {
        this.name = name;
    }

    abstract T read(OpenObject object) throws QmpException;

    @Override
    public final String name() {
        return name;
    }

    /** Parses the arguments of a command. */
    public final T parse(ObjectNode arguments) throws QmpException {
        return parse(arguments, QapiPath.ARGUMENTS);
    }

    @Override
    public final T parse(JsonNode value, QapiPath path) throws QmpException {
        if (!(value instanceof ObjectNode node)) {
            throw path.wrongType("object");
        }
        var object = new OpenObject(node, path);
        T result = read(object);
        object.checkNothingLeft();
        return result;
    }
}
