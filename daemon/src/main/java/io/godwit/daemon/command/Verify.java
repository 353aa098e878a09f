package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: checks the guest's memory against what its program must have left there. */
record Verify(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "x-godwit-verify";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        return Json.object().put("result", engine.verify());
    }
}
