package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** The run state. */
record QueryStatus(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-status";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return engine.runState().toStatusInfo();
    }
}
