package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Puts the guest back to power-on. */
record SystemReset(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "system_reset";
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        engine.systemReset();
        return Json.object();
    }
}
