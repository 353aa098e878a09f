package io.godwit.daemon.command;

import io.godwit.protocol.qapi.QapiEnum;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** New JSON values to fill in and return. */
final class Json {
    private Json() {}

    /** {@code {}}: what a command without a result returns. */
    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** The words of an enum, as QAPI lists them. */
    static ArrayNode words(Iterable<? extends QapiEnum> values) {
        ArrayNode words = array();
        values.forEach(value -> words.add(value.qapiName()));
        return words;
    }
}
