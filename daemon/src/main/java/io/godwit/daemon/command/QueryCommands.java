package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;

/** The names of all commands. */
record QueryCommands(Commands commands) implements BareCommand {

    @Override
    public String name() {
        return "query-commands";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode names = Json.array();
        commands.all().forEach(command -> names.addObject().put("name", command.name()));
        return names;
    }
}
