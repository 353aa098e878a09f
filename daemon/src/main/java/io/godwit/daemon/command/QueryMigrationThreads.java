package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ArrayNode;

/** The thread of an outgoing migration that runs, by QEMU's name for it. QEMU has deprecated the command. */
record QueryMigrationThreads(MigrationEngine engine) implements BareCommand {

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
        ArrayNode threads = Json.array();
        engine.migrationThreadId()
                .ifPresent(id -> threads.addObject().put("name", "mig/src/main").put("thread-id", id));
        return threads;
    }
}
