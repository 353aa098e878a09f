package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** Pauses the guest; while it waits for a migration, keeps it from running on arrival. */
record Stop(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "stop";
    }

    @Override
    public ObjectNode execute() {
        engine.stop();
        return Json.object();
    }
}
