package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.QueryDirtyRateArguments;
import tools.jackson.databind.node.ObjectNode;

/** How the present or last measurement of the dirty rate stands. */
record QueryDirtyRate(MigrationEngine engine) implements Command<QueryDirtyRateArguments> {

    @Override
    public String name() {
        return "query-dirty-rate";
    }

    @Override
    public ObjectType<QueryDirtyRateArguments> arguments() {
        return QueryDirtyRateArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute(QueryDirtyRateArguments arguments, CommandContext context) {
        return engine.dirtyRate().toJson(arguments.calcTimeUnit());
    }
}
