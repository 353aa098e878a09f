package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;

/** A command that takes no arguments. */
interface BareCommand extends Command<NoArguments> {

    @Override
    default ObjectType<NoArguments> arguments() {
        return NoArguments.TYPE;
    }

    @Override
    default JsonNode execute(NoArguments none, CommandContext context) throws QmpException, MigrationException {
        return execute();
    }

    /** Carries it out; gives the value of {@code return}. */
    JsonNode execute() throws QmpException, MigrationException;
}
