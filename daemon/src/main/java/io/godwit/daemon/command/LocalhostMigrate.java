package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.LocalhostMigrateArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Moves the guest to another process of this host. Of the capabilities, only pause-before-switchover concerns it. */
record LocalhostMigrate(MigrationEngine engine,
        MigrationAddresses addresses) implements Command<LocalhostMigrateArguments> {

    @Override
    public String name() {
        return "localhost-migrate";
    }

    @Override
    public ObjectType<LocalhostMigrateArguments> arguments() {
        return LocalhostMigrateArguments.TYPE;
    }

    @Override
    public ObjectNode execute(LocalhostMigrateArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        engine.localhostMigrate(addresses.outgoing(arguments.address()), arguments.mode());
        return Json.object();
    }
}
