package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** How much RAM the guest has; a held one at most, since what is held need not be all. */
record QueryMemorySizeSummary(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-memory-size-summary";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return Json.object().put("base-memory", engine.spec().memoryBytes()).put("plugged-memory", 0);
    }
}
