package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;

/** The threads of a migration that runs. QEMU has deprecated it; it tells nothing here. */
record QueryMigrationThreads() implements BareCommand {

    @Override
    public String name() {
        return "query-migrationthreads";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        return Json.array();
    }
}
