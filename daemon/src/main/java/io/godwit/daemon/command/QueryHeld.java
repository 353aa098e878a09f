package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: what a held guest consists of. */
record QueryHeld(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "x-godwit-query-held";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        return engine.queryHeld().toJson();
    }
}
