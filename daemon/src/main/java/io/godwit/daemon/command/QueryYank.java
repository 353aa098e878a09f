package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ArrayNode;

/** What {@code yank} could tear down now. */
record QueryYank(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-yank";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public boolean allowOob() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode instances = Json.array();
        if (engine.hasConnection()) {
            instances.addObject().put("type", "migration");
        }
        return instances;
    }
}
