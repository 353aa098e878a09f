package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** The UUID that the guest was started with; all zero without one. */
record QueryUuid(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-uuid";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        UUID uuid = engine.spec().uuid().orElse(new UUID(0, 0));
        return Json.object().put("UUID", uuid.toString());
    }
}
