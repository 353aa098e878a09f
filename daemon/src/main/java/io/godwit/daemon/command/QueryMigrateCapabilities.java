package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import tools.jackson.databind.node.ArrayNode;

/** All migration capabilities and whether they are on. */
record QueryMigrateCapabilities(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-migrate-capabilities";
    }

    @Override
    public ArrayNode execute() {
        MigrationCapabilities on = engine.capabilities();
        ArrayNode all = Json.array();
        for (MigrationCapability capability : MigrationCapability.values()) {
            all.addObject().put("capability", capability.qapiName()).put("state", on.has(capability));
        }
        return all;
    }
}
