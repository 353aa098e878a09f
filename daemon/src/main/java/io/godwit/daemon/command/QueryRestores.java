package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.restore.Pager;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.ObjectType;
import tools.jackson.databind.node.ArrayNode;

/** Godwit's own: how the restores stand. */
record QueryRestores(Pager pager) implements Command<NoArguments> {

    @Override
    public String name() {
        return "x-godwit-query-restores";
    }

    @Override
    public ObjectType<NoArguments> arguments() {
        return NoArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute(NoArguments arguments, CommandContext context) {
        return pager.query();
    }
}
