package io.godwit.daemon.command;

import io.godwit.protocol.qapi.ObjectType;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;

/** What commands and events there are and what they take, for machines. */
record QueryQmpSchema(Commands commands, Map<String, ObjectType<?>> events) implements BareCommand {

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
        events.forEach(schema::event);
        return schema.entities();
    }
}
