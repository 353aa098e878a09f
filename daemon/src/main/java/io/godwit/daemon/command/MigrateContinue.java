package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrateContinueArguments;
import io.godwit.protocol.qapi.ObjectType;
import tools.jackson.databind.node.ObjectNode;

/** Lets a migration go on that waits before its switchover. */
record MigrateContinue(MigrationEngine engine) implements Command<MigrateContinueArguments> {

    @Override
    public String name() {
        return "migrate-continue";
    }

    @Override
    public ObjectType<MigrateContinueArguments> arguments() {
        return MigrateContinueArguments.TYPE;
    }

    @Override
    public ObjectNode execute(MigrateContinueArguments arguments, CommandContext context) throws MigrationException {
        engine.continueFrom(arguments.state());
        return Json.object();
    }
}
