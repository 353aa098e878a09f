package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ObjectNode;

/** What the guest says of pages that it does not need, and what came of it. */
record QueryFreePages(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "x-godwit-query-free-pages";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return engine.queryFreePages().toJson();
    }
}
