package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Cancels an outgoing migration; nothing to cancel is fine. */
record MigrateCancel(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "migrate_cancel";
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        engine.cancel();
        return Json.object();
    }
}
