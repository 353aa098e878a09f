package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;

/** What commands and events there are and what they take, for machines. */
record QueryQmpSchema(Commands commands) implements BareCommand {

    @Override
    public String name() {
        return "query-qmp-schema";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        var schema = new SchemaWriter();
        commands.all().forEach(schema::command);
        EventSchemas.all().forEach(schema::event);
        return schema.entities();
    }
}
