package io.godwit.client;

import tools.jackson.databind.JsonNode;

/** The server answered a command with an error. The message is its description. */
final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1;

    private final transient JsonNode error;

    CommandFailed(JsonNode error) {
        super(error.path("desc").asString("unknown error"));
        this.error = error;
    }

    /** As the server sent it: class and desc. */
    JsonNode error() {
        return error;
    }
}
