package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** All migration parameters. */
record QueryMigrateParameters(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-migrate-parameters";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return engine.parameters().toJson();
    }
}
