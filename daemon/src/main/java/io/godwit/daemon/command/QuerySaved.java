package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.restore.Pager;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.QuerySavedArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: where in a mapped-ram file the guest's main memory lies, for who maps it. */
record QuerySaved(Pager pager) implements Command<QuerySavedArguments> {

    @Override
    public String name() {
        return "x-godwit-query-saved";
    }

    @Override
    public ObjectType<QuerySavedArguments> arguments() {
        return QuerySavedArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute(QuerySavedArguments arguments, CommandContext context) throws QmpException {
        try {
            return pager.describe(MigrationAddresses.path(arguments.file()).toAbsolutePath());
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }
}
