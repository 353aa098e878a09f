package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Lets the guest run; while it waits for a migration, lets it run on arrival. */
record Cont(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "cont";
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        engine.cont();
        return Json.object();
    }
}
