package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** The name that the guest was started with, if it has one. */
record QueryName(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-name";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        String name = engine.spec().name();
        return name.isEmpty() ? Json.object() : Json.object().put("name", name);
    }
}
