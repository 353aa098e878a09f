package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Lets a guest that is being migrated go over before its memory has come. */
record MigrateStartPostcopy(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "migrate-start-postcopy";
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        engine.startPostcopy();
        return Json.object();
    }
}
