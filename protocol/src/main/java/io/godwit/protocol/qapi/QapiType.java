package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;

/**
 * A type of the QMP schema and what its values are in Java. The same description parses arguments and is shown by
 * {@code query-qmp-schema}.
 */
public sealed interface QapiType<T> permits BuiltinType, EnumType, ListType, StructType {

    /** As QAPI calls it; a list is its element in brackets. */
    String name();

    /**
     * The Java value of a JSON value.
     *
     * @throws QmpException with QEMU's text for the first fault: depth first, members in schema order, unexpected ones
     *         last
     */
    T parse(JsonNode value, QapiPath path) throws QmpException;
}
