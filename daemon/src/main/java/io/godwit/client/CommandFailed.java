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

    /** The same, saying whose error it is. */
    CommandFailed by(String who) {
        return new CommandFailed(Monitor.JSON.createObjectNode().put("class", error.path("class").asString(""))
                .put("desc", who + ": " + getMessage()));
    }

    /** Whether the server does not know the command. */
    boolean isOfUnknownCommand() {
        return error.path("class").asString("").equals("CommandNotFound");
    }

    /** As the server sent it: class and desc. */
    JsonNode error() {
        return error;
    }
}
