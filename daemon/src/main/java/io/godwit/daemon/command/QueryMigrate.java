package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** How the present or last migration stands. */
record QueryMigrate(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-migrate";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return engine.queryMigrate().toJson();
    }
}
