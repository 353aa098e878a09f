package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ArrayNode;

/** All migration capabilities and whether they are on. */
record QueryMigrateCapabilities(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-migrate-capabilities";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        return engine.capabilities().toJson();
    }
}
