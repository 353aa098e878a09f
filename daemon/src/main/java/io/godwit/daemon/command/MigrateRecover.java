package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.MigrateRecoverArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Refuses, as there is no postcopy here that could be paused. */
record MigrateRecover() implements Command<MigrateRecoverArguments> {

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
    public ObjectNode execute(MigrateRecoverArguments arguments, CommandContext context) throws QmpException {
        throw new QmpException("Migrate recover can only be run when postcopy is paused.");
    }
}
