package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrateRecoverArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Has a paused postcopy destination listen anew for its source. */
record MigrateRecover(MigrationEngine engine,
        SecuredAddresses addresses) implements Command<MigrateRecoverArguments> {

    @Override
    public String name() {
        return "migrate-recover";
    }

    @Override
    public ObjectType<MigrateRecoverArguments> arguments() {
        return MigrateRecoverArguments.TYPE;
    }

    @Override
    public boolean allowOob() {
        return true;
    }

    @Override
    public ObjectNode execute(MigrateRecoverArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        engine.checkRecoverable();
        engine.recover(addresses.incomingAgain(arguments.address()));
        return Json.object();
    }
}
