package io.godwit.protocol.qmp;

import tools.jackson.databind.JsonNode;

/** One thing a client said, in the order it said them: a JSON value, or bytes that are none. */
public sealed interface QmpInput {

    /** A complete JSON value; not necessarily a request, see {@link QmpRequest#of}. */
    record Value(JsonNode value) implements QmpInput {}

    /** Bytes that are no JSON, with the text for the client. The answer is a {@code GenericError} without an id. */
    record Fault(String text) implements QmpInput {}
}
