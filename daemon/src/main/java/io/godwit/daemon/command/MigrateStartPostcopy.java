package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Refuses, as there is no postcopy here that could have been prepared. */
record MigrateStartPostcopy(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "migrate-start-postcopy";
    }

    @Override
    public ObjectNode execute() throws QmpException {
        boolean capable = engine.capabilities().has(MigrationCapability.POSTCOPY_RAM);
        throw new QmpException(capable
                ? "Postcopy must be started after migration has been started"
                : "Enable postcopy with migrate_set_capability before the start of migration");
    }
}
