package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.RunState;
import tools.jackson.databind.node.ObjectNode;

/** The run state. */
record QueryStatus(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-status";
    }

    @Override
    public ObjectNode execute() {
        RunState state = engine.runState();
        return Json.object().put("status", state.qapiName()).put("running", state == RunState.RUNNING);
    }
}
