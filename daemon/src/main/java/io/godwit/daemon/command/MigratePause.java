package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Breaks the connection of a postcopy off, to be resumed on another. */
record MigratePause(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "migrate-pause";
    }

    @Override
    public boolean allowOob() {
        return true;
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        engine.pausePostcopy();
        return Json.object();
    }
}
